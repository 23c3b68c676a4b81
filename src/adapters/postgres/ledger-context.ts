import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import type { Database } from './database.ts';
import type { Installation } from './installation.ts';

/** What every part of the ledger is made from. */
export interface LedgerContext {
  readonly database: Database;
  /** Rules of a project that has stored none. */
  readonly defaultPolicy: ProjectPolicy;
  /** Idle limit of agents on a target that names none. */
  readonly defaultIdleTimeoutMs: number;
  readonly installation: () => Promise<Installation>;
}
