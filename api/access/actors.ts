import type { FastifyRequest } from 'fastify';
import { mayReach } from '../../src/domain/access/actor.ts';
import type { Author } from '../../src/domain/access/actor.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { ProjectId } from '../../src/domain/ids.ts';
import { badRequest } from '../errors.ts';
import { actorOf } from '../plugins/authenticate.ts';

/** For the audit. */
export function authorOf(request: FastifyRequest): Author {
  return { name: actorOf(request).name, requestId: request.id };
}

/** Refuses with `NOT_FOUND`, as if there were no such thing, what belongs to a project that does not exist for the caller. */
export function requireReach(request: FastifyRequest, projectId: ProjectId, what: string): void {
  if (!mayReach(actorOf(request), projectId)) throw new WeftError('NOT_FOUND', `There is no ${what}.`);
}

/**
 * The project that a request names, or the caller's own when it has just one, or the default one; `NOT_FOUND` when it does not
 * exist for the caller, `BAD_REQUEST` when the caller has several and the default is none of them.
 */
export function chosenProject(request: FastifyRequest, named: ProjectId | undefined, defaultId: ProjectId): ProjectId {
  const { projects } = actorOf(request);
  if (named !== undefined) {
    requireReach(request, named, `project ${named}`);
    return named;
  }
  if (projects === 'all' || projects.includes(defaultId)) return defaultId;
  const [only, ...others] = projects;
  if (only === undefined || others.length > 0) {
    const message = `names none of the projects of the token (${projects.join(', ')})`;
    throw badRequest([{ field: request.method === 'GET' ? '/query/projectId' : '/projectId', message, code: 'project_needed' }]);
  }
  return only;
}

interface NamesProject {
  readonly projectId?: ProjectId | undefined;
}

/** A request that may name its project in its body, in its query, or in both. */
interface Naming<Body extends NamesProject> {
  readonly body: Body;
  readonly query: NamesProject;
}

/** The project that a request names, wherever it does; `BAD_REQUEST` when its body and its query name different ones. */
export function namedProject({ body, query }: Naming<NamesProject>): ProjectId | undefined {
  if (body.projectId !== undefined && query.projectId !== undefined && body.projectId !== query.projectId) {
    const message = `differs from the projectId of the body ("${query.projectId}" and "${body.projectId}")`;
    throw badRequest([{ field: '/query/projectId', message, code: 'invalid_value' }]);
  }
  return body.projectId ?? query.projectId;
}

/** A batch as its caller may have it done. */
export function batchOf<Body extends NamesProject>(request: FastifyRequest & Naming<Body>, defaultId: ProjectId) {
  return {
    body: request.body,
    projectId: chosenProject(request, namedProject(request), defaultId),
    mayReach: (projectId: ProjectId) => mayReach(actorOf(request), projectId),
    author: authorOf(request),
  };
}
