import type { Author } from '../../domain/access/actor.ts';
import type { ProjectId, TargetId } from '../../domain/ids.ts';
import type { Target, TargetRegister } from '../../domain/targets/target.ts';
import type { MechanismConfig } from '../../domain/targets/mechanism-config.ts';
import type { Page, PageRequest } from './page.ts';

export interface NewTarget {
  readonly id: TargetId;
  readonly projectId: ProjectId;
  readonly body: TargetRegister;
  readonly config: MechanismConfig;
}

export interface TargetLedger {
  /** Throws `CONFLICT` when the project has a target of this name. */
  register: (target: NewTarget, author: Author) => Promise<Target>;
  /** By id, or by name within the project. */
  find: (projectId: ProjectId, idOrName: string) => Promise<Target | null>;
  /** In order of name, which is the position. */
  list: (projectId: ProjectId, page: PageRequest<string>) => Promise<Page<Target>>;
  /** Removes it: nothing is started there any more; agents that run there go on. False when there is none. */
  remove: (projectId: ProjectId, idOrName: string, author: Author) => Promise<boolean>;
}
