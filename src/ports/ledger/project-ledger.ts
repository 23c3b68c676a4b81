import type { Author } from '../../domain/access/actor.ts';
import type { ProjectId } from '../../domain/ids.ts';
import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import type { Project, ProjectUpdate } from '../../domain/projects/project.ts';
import type { Page, PageRequest } from './page.ts';

export interface ProjectChange {
  readonly projectId: ProjectId;
  readonly update: ProjectUpdate;
  /** Whether the author may say how many slots the project may hold. */
  readonly mayChangeQuota: boolean;
}

/** The tenants. Every method throws `LEDGER_UNAVAILABLE` when PostgreSQL is away. */
export interface ProjectLedger {
  /** In order of id, which is the position; of these only, unless all are within reach. */
  list: (reach: readonly ProjectId[] | 'all', page: PageRequest<ProjectId>) => Promise<Page<Project>>;
  find: (projectId: ProjectId) => Promise<Project | null>;
  /** Makes one that says nothing itself, at version 0; one that is there is left as it is. */
  ensure: (projectId: ProjectId) => Promise<void>;
  /** What holds for a project, also for one that was never used. */
  policyOf: (projectId: ProjectId) => Promise<ProjectPolicy>;
  /**
   * Replaces what the project says itself; one of version 0 is made. Throws `CONFLICT` when the version is another one by now,
   * and `FORBIDDEN` when the slots would change and the author may not do that.
   */
  update: (change: ProjectChange, author: Author) => Promise<Project>;
}
