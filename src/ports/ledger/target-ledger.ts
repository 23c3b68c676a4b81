import type { ProjectId, TargetId } from '../../domain/ids.ts';
import type { Target, TargetRegister } from '../../domain/targets/target.ts';
import type { MechanismConfig } from '../../domain/targets/mechanism-config.ts';

export interface NewTarget {
  readonly id: TargetId;
  readonly projectId: ProjectId;
  readonly body: TargetRegister;
  readonly config: MechanismConfig;
}

export interface TargetLedger {
  /** Throws `CONFLICT` when the project has a target of this name. */
  register: (target: NewTarget) => Promise<Target>;
  /** By id, or by name within the project. */
  find: (projectId: ProjectId, idOrName: string) => Promise<Target | null>;
  /** In order of name, at most `limit`, after the name `after`. */
  list: (projectId: ProjectId, page: { limit: number; after: string | null }) => Promise<readonly Target[]>;
  /** Removes it: nothing is started there any more; agents that run there go on. False when there is none. */
  remove: (projectId: ProjectId, idOrName: string) => Promise<boolean>;
}
