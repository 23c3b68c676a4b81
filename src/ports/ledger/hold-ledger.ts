import type { Author } from '../../domain/access/actor.ts';
import type { Activity, HoldWish } from '../../domain/holds/hold.ts';
import type { ProjectId } from '../../domain/ids.ts';

/** Projects, or everything, held up by an operator. Every method throws `LEDGER_UNAVAILABLE` when PostgreSQL is away. */
export interface HoldLedger {
  /** Of everything; what single projects are held up for stands in them. */
  readActivity: () => Promise<Activity>;
  /** Of a project, or with null of everything; what is so already changes nothing. Null when there is no such project. */
  change: (projectId: ProjectId | null, wish: { wish: HoldWish; reason: string | null; author: Author }) => Promise<Activity | null>;
}
