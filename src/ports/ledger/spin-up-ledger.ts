import type { Author } from '../../domain/access/actor.ts';
import type { ProjectId, TargetId } from '../../domain/ids.ts';
import type { SpinUpId, TrackedSpinUp } from '../../domain/spin-ups/spin-up.ts';
import type { Page, PageRequest } from './page.ts';

export interface NewSpinUp {
  readonly id: SpinUpId;
  readonly projectId: ProjectId;
  /** Id or name of the target. */
  readonly target: string;
  /** It waits this long for room at most, and then as long for its agent to register. */
  readonly timeoutMs: number;
}

/** A place in the list's order: the newest first. */
export interface SpinUpPosition {
  readonly requestedAt: string;
  readonly id: SpinUpId;
}

/** Starts of agents that somebody asked for. A request is served by `grantSlots`, within the limits that hold for work items. */
export interface SpinUpLedger {
  /**
   * Writes the request down; while one of the same target is in flight, returns that one instead. Throws `NOT_FOUND` (no such
   * target), `CONFLICT` (the target is disabled) and `TARGET_MISCONFIGURED` (its mechanism cannot start agents).
   */
  request: (spinUp: NewSpinUp, author: Author) => Promise<TrackedSpinUp>;
  find: (id: SpinUpId) => Promise<TrackedSpinUp | null>;
  /** The newest first; of one target when it is named. */
  list: (filter: { projectId: ProjectId; targetId?: TargetId }, page: PageRequest<SpinUpPosition>) => Promise<Page<TrackedSpinUp>>;
}
