import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import type { Database } from './database.ts';
import type { Installation } from './installation.ts';

/** What says where work may go, beside what is written in the ledger. */
export type RoutingRules = Pick<LedgerContext, 'defaultPolicy' | 'user'>;

/** What every part of the ledger is made from. */
export interface LedgerContext {
  readonly database: Database;
  /** Rules of a project that has stored none. */
  readonly defaultPolicy: ProjectPolicy;
  /** Idle limit of agents on a target that names none. */
  readonly defaultIdleTimeoutMs: number;
  /** For whom this Weft runs: agents that are for one user alone do its work only if it is theirs; null = nobody's. */
  readonly user: string | null;
  readonly installation: () => Promise<Installation>;
}
