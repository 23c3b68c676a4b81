import type { ProjectId } from '../ids.ts';
import type { Agent } from './agent.ts';

/** Whose work an agent does: nobody's of ours, that of its project, or that of every project. */
export type Reach = 'nobody' | 'project' | 'everyone';

type Offered = Pick<Agent, 'visibility' | 'username'>;

/** By what its entry says. One that is for its user alone does the work of a Weft that runs for this user, wherever that is from. */
export function reachOf({ visibility, username }: Offered, user: string | null): Reach {
  switch (visibility) {
    case 'private':
      return 'nobody';
    case 'project-only':
      return 'project';
    case 'user-only':
      return username !== undefined && username === user ? 'everyone' : 'nobody';
    case 'public':
      return 'everyone';
  }
}

/** True for an agent that does work of this project. */
export function reaches(agent: Offered & Pick<Agent, 'projectId'>, viewer: ProjectId, user: string | null): boolean {
  const reach = reachOf(agent, user);
  return reach === 'everyone' || (reach === 'project' && agent.projectId === viewer);
}
