import { z } from 'zod';
import type { ProjectId } from '../ids.ts';

/** What a token may be allowed to do; `admin` includes every other scope. */
export const Scope = z.enum(['work:read', 'work:write', 'targets:admin', 'agents:admin', 'admin']).meta({ id: 'Scope' });
export type Scope = z.infer<typeof Scope>;

/** Who is asking: the holder of a token, or everybody on this machine when no tokens are configured. */
export interface Actor {
  /** For the audit; never the token. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Ids of other projects do not exist for this actor. */
  readonly projects: readonly ProjectId[] | 'all';
}

/** Who wrote something, and in which request; stands in every row of the audit. */
export interface Author {
  readonly name: string;
  readonly requestId: string;
}

/** Reading is part of every right to write. */
const IMPLIED: Readonly<Record<Scope, readonly Scope[]>> = {
  'work:read': [],
  'work:write': ['work:read'],
  'targets:admin': ['work:read'],
  'agents:admin': ['work:read'],
  admin: Scope.options,
};

/** True when the actor holds the scope, or one that includes it. */
export function isAllowed(actor: Actor, scope: Scope): boolean {
  return actor.scopes.some((held) => held === scope || IMPLIED[held].includes(scope));
}

/** True when the project exists for the actor. */
export function mayReach(actor: Actor, projectId: ProjectId): boolean {
  return actor.projects === 'all' || actor.projects.includes(projectId);
}

/** True when all of these projects exist for the actor, also when they are all that there are. */
export function mayReachAll(actor: Actor, projects: Actor['projects']): boolean {
  return projects === 'all' ? actor.projects === 'all' : projects.every((projectId) => mayReach(actor, projectId));
}
