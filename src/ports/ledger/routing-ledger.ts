import type { Fence, GrantId, ProjectId, WorkId } from '../../domain/ids.ts';
import type { Candidate } from '../../domain/scheduling/rank-candidates.ts';
import type { Expectation, Prospect } from '../../domain/scheduling/foresee.ts';
import type { Classification, Needs } from '../../domain/work/classify.ts';
import type { NewWorkItem } from '../../domain/work/normalise-submit.ts';
import type { AgentType } from '../../domain/targets/target.ts';
import type { WorkItem } from '../../domain/work/work-item.ts';

/** Items that wait alike. */
export interface WaitKind {
  readonly projectId: ProjectId;
  readonly capability: string;
  readonly boundary: string;
}

/** Seconds from offered to assigned, the median of the latest items; null when there were none. */
export interface MedianWaits {
  readonly all: number | null;
  /** Of those that a free agent took, and of those for which one was started. */
  readonly agent: number | null;
  readonly start: number | null;
}

export interface NamedCandidate extends Candidate {
  readonly targetName: string | null;
  readonly agentType: AgentType | null;
}

/** What would become of an item that is not there. */
export interface Preview {
  readonly classification: Classification;
  readonly prospect: Prospect;
  /** What the next round would give it; null = it would wait, for the reason that is given. */
  readonly chosen: NamedCandidate | null;
  readonly reason: string | null;
  /** The first ones, the best first, and how many there are. */
  readonly candidates: readonly NamedCandidate[];
  readonly candidatesTotal: number;
  /** Its place among those of its project that wait, from 1; counted up to a bound. */
  readonly position: number;
}

/** Why a slot went where it went. */
export interface StoredDecision {
  readonly grantId: GrantId;
  readonly fence: Fence;
  readonly at: string;
  /** The rule of the boundary as it was then; null = it was not kept. */
  readonly rule: string | null;
  readonly chosen: NamedCandidate;
  /** The first ones, the best first, and how many there were. */
  readonly candidates: readonly NamedCandidate[];
  readonly candidatesTotal: number;
}

/** What the next round would say of an item that waits. */
export type Verdict = Pick<Preview, 'classification' | 'chosen' | 'reason' | 'candidates' | 'candidatesTotal'>;

/** Where work would go and how long it would wait, as things are now; changes nothing. */
export interface RoutingLedger {
  /** What an item that was just accepted can expect. Cheap: its cost does not grow with agents, targets or queue. */
  foresee: (item: WorkItem, needs: Needs) => Promise<Expectation>;
  preview: (request: { item: NewWorkItem; submitter: string; candidatesMax: number }) => Promise<Preview>;
  /** The same for an item that waits for a slot now; null when it does not. */
  verdictOn: (item: WorkItem, candidatesMax: number) => Promise<Verdict | null>;
  /** Every slot that was granted to the item under a fence below `beforeFence`, the newest first. */
  decisionsOf: (workId: WorkId, page: { beforeFence: Fence; limit: number }) => Promise<readonly StoredDecision[]>;
  medianWaits: (kind: WaitKind) => Promise<MedianWaits>;
}
