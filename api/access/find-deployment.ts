import type { FastifyRequest } from 'fastify';
import { WeftError } from '../../src/domain/errors.ts';
import type { ProjectId } from '../../src/domain/ids.ts';
import type { DeploymentRef } from '../../src/ports/ledger/deployment-ledger.ts';
import { targetRef } from './find-target.ts';

/** Where a deployment named in a request is looked for: as targets are. */
export function deploymentRef(request: FastifyRequest, named: { idOrName: string; projectId?: ProjectId | undefined }, defaultId: ProjectId): DeploymentRef {
  return targetRef(request, named, defaultId);
}

/** What was found, or `NOT_FOUND`. */
export function foundDeployment<T>(found: T | null, idOrName: string): T {
  if (found === null) throw new WeftError('NOT_FOUND', `Deployment not found: ${idOrName.slice(0, 128)}.`);
  return found;
}
