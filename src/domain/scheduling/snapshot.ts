import type { AgentGuid, HostId, ProjectId, TargetId, WorkId } from '../ids.ts';
import type { SpinUpId } from '../spin-ups/spin-up.ts';
import type { BreakerCause } from '../targets/breaker.ts';
import type { AgentType, MechanismName } from '../targets/target.ts';
import type { Needs } from '../work/classify.ts';

/** How many slots each may hold; `*` stands for each that is not named, who is not named then has no limit of his own. */
export type SlotsMaxBy = Readonly<Partial<Record<string, number>>>;

/** One waiting work item as `decide` sees it. */
export interface QueueEntry {
  readonly workId: WorkId;
  readonly projectId: ProjectId;
  readonly needs: Needs;
  readonly submitter: string;
  readonly priority: number;
  readonly enqueuedAtMs: number;
  /** When its submitter was last granted something of the same kind in this project; null = never. */
  readonly lastGrantAtMs: number | null;
  /** Backoff: not before this moment. */
  readonly notBeforeMs: number;
  /** An agent of an earlier attempt is not yet verified gone, and the item does not allow overlap. */
  readonly waitsForOldAgent: boolean;
  /** Where the item could not start before, the latest first; tried again only when nothing else fits, and then the earliest. */
  readonly failedTargetIds: readonly TargetId[];
}

/** Somebody asked for an agent on this target, without a work item. */
export interface SpinUpRequest {
  readonly operationId: SpinUpId;
  readonly targetId: TargetId;
  readonly requestedAtMs: number;
  /** It waits for room until then. */
  readonly timeoutAtMs: number;
}

export interface FreeAgent {
  readonly guid: AgentGuid;
  readonly projectId: ProjectId;
  /** null: it registered by itself. */
  readonly targetId: TargetId | null;
  readonly agentType: AgentType;
  readonly capabilities: readonly string[];
  readonly boundaries: readonly string[];
  /** By which it was started; absent = not by us. */
  readonly mechanism?: MechanismName;
  /** Where it was started; absent = not by us. */
  readonly targetName?: string;
  readonly freeSinceMs: number;
  /** Free for longer than this and it is retired; 0 = never. */
  readonly idleTimeoutMs: number;
  /** How many items it may be given now, none perhaps, of how many it does at once; absent = one, as all that we start. */
  readonly tasks?: { readonly free: number; readonly max: number };
  /** Its target is being drained. */
  readonly leaving?: true;
  /** It serves every project, not only its own. */
  readonly isPublic?: true;
}

export interface TargetCapacity {
  readonly id: TargetId;
  readonly name: string;
  readonly projectId: ProjectId;
  readonly agentType: AgentType;
  readonly capabilities: readonly string[];
  readonly boundaries: readonly string[];
  readonly mechanism: MechanismName;
  /** Switched off: no new starts. */
  readonly disabled: boolean;
  readonly hostId: HostId;
  /** A worker of the host takes starts (false after its clean stop). */
  readonly hostOpen: boolean;
  readonly agentsMax: number;
  /** Sessions not verified gone, and start grants that have no session yet: counted from rows. */
  readonly held: number;
  /** Absent = it may start any number within a minute. `withinMinute`: those of the last one, the oldest of them at `oldestMs`. */
  readonly startRate?: { readonly perMinuteMax: number; readonly withinMinute: number; readonly oldestMs: number | null };
  /** Absent = it does not rest after a failed start. */
  readonly restsUntilMs?: number;
  /** Absent = closed: it lets every start through. */
  readonly breaker?: TargetBreaker;
}

/** A breaker that holds starts back. Half-open, it lets one through when none is under way (granted, or not yet registered). */
export type TargetBreaker = { readonly cause: BreakerCause | null } & (
  { readonly state: 'open' } | { readonly state: 'half-open'; readonly startsUnderWay: number }
);

export interface ProjectUse {
  readonly projectId: ProjectId;
  readonly slotsMax: number;
  readonly slotsHeld: number;
  /** What it may hold beside another project that wants the same agents; 1 = as much. */
  readonly weight: number;
  readonly slotsMaxByMechanism?: SlotsMaxBy;
  readonly slotsMaxByCapability?: SlotsMaxBy;
  readonly slotsMaxBySubmitter?: SlotsMaxBy;
}

/** Slots that a submitter holds now for one capability at agents of one mechanism: counted from rows. */
interface HeldSlots {
  readonly projectId: ProjectId;
  readonly submitter: string;
  readonly capability: string | null;
  readonly mechanism: MechanismName | null;
  readonly slots: number;
  /** For how long within the last hour, all together. */
  readonly minutes: number;
}

/** Slots that a submitter has released within the last hour: counted from rows. */
interface SpentSlots {
  readonly projectId: ProjectId;
  readonly submitter: string;
  /** For how long they were held within that hour, all together. */
  readonly minutes: number;
  /** For how long one of them was held, the median. */
  readonly medianMinutes: number;
}

/** A project, or with null everything, in which nothing new is granted; draining, agents that are free leave as well. */
export interface Hold {
  readonly projectId: ProjectId | null;
  readonly draining: boolean;
}

/** Everything `decide` may know, read in one transaction. */
export interface Snapshot {
  readonly queue: readonly QueueEntry[];
  readonly spinUps: readonly SpinUpRequest[];
  readonly agents: readonly FreeAgent[];
  readonly targets: readonly TargetCapacity[];
  readonly projects: readonly ProjectUse[];
  readonly held: readonly HeldSlots[];
  readonly spent: readonly SpentSlots[];
  /** Where nothing is granted. */
  readonly holds: readonly Hold[];
}
