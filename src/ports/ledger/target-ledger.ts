import type { Author } from '../../domain/access/actor.ts';
import type { HostId, ProjectId, TargetId } from '../../domain/ids.ts';
import type { MechanismConfig } from '../../domain/targets/mechanism-config.ts';
import type { HealthSchedule } from '../../domain/targets/health-schedule.ts';
import type { ProbeResult, SeenPlace } from '../../domain/targets/probe.ts';
import type { Target, TargetRegister, TargetStatus, TargetUpdate } from '../../domain/targets/target.ts';
import type { ListPosition } from '../../domain/targets/list-position.ts';
import type { Page, PageRequest } from './page.ts';

export interface NewTarget {
  readonly id: TargetId;
  readonly projectId: ProjectId;
  readonly body: TargetRegister;
  readonly config: MechanismConfig;
  /** Whose worker starts and probes agents there. */
  readonly hostId: HostId;
}

/** Names a target by id, or by name in the first of these projects that has one: `first`, then the others as they were created. */
export interface TargetRef {
  readonly idOrName: string;
  readonly first: ProjectId;
  readonly projects: readonly ProjectId[] | 'all';
}

/** All that are given must hold. */
export interface TargetFilter {
  readonly agentType?: Target['agentType'];
  readonly status?: TargetStatus;
  readonly capability?: string;
  readonly boundary?: string;
  readonly mechanism?: Target['mechanism'];
  readonly healthStatus?: Target['healthStatus'];
  readonly tag?: string;
  /** False = only those that are not disabled. */
  readonly includeDisabled?: boolean;
}

export interface TargetQuery {
  readonly projectId: ProjectId;
  readonly filter: TargetFilter;
  readonly page: PageRequest<ListPosition>;
}

/** Null everywhere = there is no such target. Configurations are whole: secrets are masked by who shows them. */
export interface TargetLedger {
  /** Throws `CONFLICT` when the project has a target of this name. */
  register: (target: NewTarget, author: Author) => Promise<Target>;
  find: (ref: TargetRef) => Promise<Target | null>;
  /** By id, also when it was removed meanwhile. */
  findEvenRemoved: (targetId: TargetId) => Promise<Target | null>;
  /** In order of `ListPosition`; `total` counts all pages. */
  list: (query: TargetQuery) => Promise<Page<Target> & { readonly total: number }>;
  /**
   * Writes only the given fields, under the row's lock, so that concurrent updates keep each other's. Throws `CONFLICT` when
   * `update.version` is not the present one, `BAD_REQUEST` when the merged configuration is not valid. A changed configuration
   * has unknown health.
   */
  update: (ref: TargetRef, update: TargetUpdate, author: Author) => Promise<Target | null>;
  /** Starts may be granted again; `changed` is false when it was not disabled. */
  enable: (ref: TargetRef, author: Author) => Promise<{ readonly target: Target; readonly changed: boolean } | null>;
  /** No new starts; agents that run there go on. */
  disable: (ref: TargetRef, reason: string | null, author: Author) => Promise<{ readonly target: Target; readonly changed: boolean } | null>;
  /** As `disable`; besides, agents leave as soon as they are free. Ended by `enable`. */
  drain: (ref: TargetRef, reason: string | null, author: Author) => Promise<{ readonly target: Target; readonly changed: boolean } | null>;
  /** Removes it: nothing is started there any more; agents that run there go on. */
  remove: (ref: TargetRef, author: Author) => Promise<Target | null>;
  /** The host whose worker looks at the target, whether it was stopped, and what its mechanism needs for it, secrets included. */
  findPlace: (targetId: TargetId) => Promise<{ readonly hostId: HostId; readonly hostStopped: boolean; readonly config: MechanismConfig } | null>;
  /** Those that are to be looked at by themselves, in order of id. */
  listChecked: (page: { readonly after: TargetId | null; readonly limit: number }) => Promise<readonly HealthSchedule[]>;
  /** Where and for how long a scheduled look looks; null = not now: removed, disabled, without checks, or its host is stopped. */
  planCheck: (targetId: TargetId) => Promise<{ readonly hostId: HostId; readonly timeoutMs: number; readonly seen: SeenPlace } | null>;
  /**
   * Keeps what a scheduled look found. What it says of a target that was changed meanwhile, or of a host that was stopped or
   * started meanwhile, is not kept. `recovered`: whoever waits for the target may be served now.
   */
  recordCheck: (targetId: TargetId, seen: SeenPlace, result: ProbeResult) => Promise<{ readonly recovered: boolean }>;
  /** Keeps what a probe found. */
  recordHealth: (targetId: TargetId, result: ProbeResult, author: Author) => Promise<Target | null>;
}
