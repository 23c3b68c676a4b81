import type { Author } from '../../domain/access/actor.ts';
import type { Deployment, DeploymentCreate, DeploymentId, DeploymentReplica, DeploymentUpdate } from '../../domain/deployments/deployment.ts';
import type { WeftEvent } from '../../domain/events/event.ts';
import type { AgentGuid, ProjectId } from '../../domain/ids.ts';
import type { Page, PageRequest } from './page.ts';

/** How a deployment is named to the engine. */
export interface DeploymentKey {
  readonly id: DeploymentId;
  readonly projectId: ProjectId;
  readonly name: string;
}

export interface NewDeployment {
  readonly id: DeploymentId;
  readonly projectId: ProjectId;
  readonly body: DeploymentCreate;
}

/** Names a deployment by id, or by name in the first of these projects that has one: `first`, then the others as they were created. */
export interface DeploymentRef {
  readonly idOrName: string;
  readonly first: ProjectId;
  readonly projects: readonly ProjectId[] | 'all';
}

/** pause: start nothing more · resume: from a pause or a drain · restart: replace all, one at a time · drain: end all, start nothing · remove: drain, then be gone. */
export type DeploymentSwitch = 'pause' | 'resume' | 'restart' | 'drain' | 'remove';

/** What one look at a deployment leaves to be told to others. */
export interface DeploymentRound {
  /** It is gone for good: nobody needs to look again. */
  readonly removed: boolean;
  readonly summary: string;
  /** Agents on their way out whose sessions have not begun to end them. */
  readonly stop: readonly { readonly guid: AgentGuid; readonly reason: string }[];
  /** There is something for the coordinator to grant. */
  readonly hasStarts: boolean;
  /** Worth looking again after this many ms; null when nothing waits for time. */
  readonly lookAgainInMs: number | null;
}

/** A deployment as the reconciler checks it. */
export interface DeploymentHolder extends DeploymentKey {
  /** Something of it has changed, or is not yet as it should be. */
  readonly unsettled: boolean;
}

/** Agents that are kept running. Null everywhere = there is no such deployment. */
export interface DeploymentLedger {
  /** Throws `CONFLICT` when the project has one of this name, `NOT_FOUND` and `TARGET_MISCONFIGURED` for a target that cannot be used. */
  create: (deployment: NewDeployment, author: Author) => Promise<Deployment>;
  find: (ref: DeploymentRef) => Promise<Deployment | null>;
  replicasOf: (id: DeploymentId) => Promise<readonly DeploymentReplica[]>;
  /** In order of name. */
  list: (projectId: ProjectId, page: PageRequest<string>) => Promise<Page<Deployment>>;
  /**
   * Writes the given fields under the row's lock. What replicas are started from makes a new revision. Throws `CONFLICT` when
   * `version` is not the present one, and what `create` throws for targets.
   */
  update: (ref: DeploymentRef, update: DeploymentUpdate, author: Author) => Promise<Deployment | null>;
  /** A repeat changes nothing, but for `restart`. Throws `CONFLICT` for one that is being removed. */
  turn: (ref: DeploymentRef, to: DeploymentSwitch, author: Author) => Promise<Deployment | null>;
  /** Events in order, after `afterSeq`, at most `limit`. */
  eventsOf: (id: DeploymentId, page: { afterSeq: number; limit: number }) => Promise<readonly WeftEvent[]>;
  /**
   * One look, in one transaction: reads the rows, calls the pure `plan` and writes what it says: ends that are accounted for,
   * starts (requests that `grantSlots` serves) and stops. A repeat finds its own work done.
   */
  keep: (id: DeploymentId, bounds: { startTimeoutMs: number }) => Promise<DeploymentRound>;
  /** The deployment for which an agent was started, if it was for one. */
  ownerOf: (guid: AgentGuid) => Promise<DeploymentKey | null>;
  /**
   * Those that waited for something from outside which has come: a target that can be used, room for a start that waits, a hold
   * that begins or ends, an agent that has to leave its target. At most `limit`, the next look of each tells it no more.
   */
  listDue: (bounds: { limit: number }) => Promise<readonly DeploymentKey[]>;
  /** Deployments that are not removed, in order of id, after this one. */
  listHolders: (page: { after: DeploymentId | null; limit: number }) => Promise<readonly DeploymentHolder[]>;
}
