import type { FastifyRequest } from 'fastify';
import { WeftError } from '../../src/domain/errors.ts';
import type { ProjectId } from '../../src/domain/ids.ts';
import { maskConfig } from '../../src/domain/targets/mask-config.ts';
import type { Target } from '../../src/domain/targets/target.ts';
import type { TargetRef } from '../../src/ports/ledger/target-ledger.ts';
import { requireReach } from './actors.ts';
import { actorOf } from '../plugins/authenticate.ts';

/**
 * Where a target named in a request is looked for: in the project that the request names, else in the default one and then in
 * all others that exist for the caller.
 */
export function targetRef(request: FastifyRequest, named: { idOrName: string; projectId?: ProjectId | undefined }, defaultId: ProjectId): TargetRef {
  const { idOrName, projectId } = named;
  if (projectId === undefined) return { idOrName, first: defaultId, projects: actorOf(request).projects };
  requireReach(request, projectId, `project ${projectId}`);
  return { idOrName, first: projectId, projects: [projectId] };
}

/** What was found, or `NOT_FOUND`. */
export function foundTarget<T>(found: T | null, idOrName: string): T {
  if (found === null) throw noTarget(idOrName);
  return found;
}

function noTarget(idOrName: string): WeftError {
  return new WeftError('NOT_FOUND', `Target not found: ${idOrName.slice(0, 128)}.`);
}

/** As it may leave: without secrets. */
export function shownTarget(target: Target): Target {
  return { ...target, config: maskConfig(target.config) };
}
