import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { mayReach } from '../src/domain/access/actor.ts';
import type { Actor, Author } from '../src/domain/access/actor.ts';
import { WeftError } from '../src/domain/errors.ts';
import type { ProjectId } from '../src/domain/ids.ts';
import { actorOf } from './plugins/authenticate.ts';
import type { ActorFinder } from './plugins/authenticate.ts';

/** Without tokens everybody who reaches the port may do everything; the loopback guard sees to it that nobody else does. */
const LOCAL: Actor = { name: 'local', scopes: ['admin'], projects: 'all' };
/** The tokens of the configuration; they are the operator's own. */
const OPERATOR: Actor = { name: 'operator', scopes: ['admin'], projects: 'all' };

/** Knows the tokens of the configuration; without any, everybody is the local user. */
export function createActorFinder(tokens: readonly string[]): ActorFinder {
  const known = tokens.map(digest);
  return (token) => {
    if (known.length === 0) return LOCAL;
    if (token === undefined) throw new WeftError('UNAUTHORIZED', 'The Authorization header is missing; send "Authorization: Bearer <token>".');
    if (!isKnown(digest(token), known)) throw new WeftError('UNAUTHORIZED', 'The bearer token is not known.');
    return OPERATOR;
  };
}

/** For the audit. */
export function authorOf(request: FastifyRequest): Author {
  return { name: actorOf(request).name, requestId: request.id };
}

/** Refuses with `NOT_FOUND`, as if there were no such thing, what belongs to a project that does not exist for the caller. */
export function requireReach(request: FastifyRequest, projectId: ProjectId, what: string): void {
  if (!mayReach(actorOf(request), projectId)) throw new WeftError('NOT_FOUND', `There is no ${what}.`);
}

/** The project that a request names, or the caller's own when it has just one, or the default one; `NOT_FOUND` when it does not exist for the caller. */
export function chosenProject(request: FastifyRequest, named: ProjectId | undefined, defaultId: ProjectId): ProjectId {
  const { projects } = actorOf(request);
  const only = projects !== 'all' && projects.length === 1 ? projects[0] : undefined;
  const projectId = named ?? only ?? defaultId;
  requireReach(request, projectId, `project ${projectId}`);
  return projectId;
}

// Digests have one length, and all of them are compared, so the time says nothing about the tokens.
function isKnown(given: Buffer, known: readonly Buffer[]): boolean {
  let found = false;
  for (const one of known) found = timingSafeEqual(one, given) || found;
  return found;
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
