import type { FastifyBaseLogger } from 'fastify';
import type { DeploymentKey } from '../../src/ports/ledger/deployment-ledger.ts';
import type { ApiDeps } from '../deps.ts';
import { ENGINE_WAIT_MS } from '../limits.ts';
import { nudge } from './nudge.ts';

/** A deployment wants something else now. */
export async function wakeDeployment({ engine }: Pick<ApiDeps, 'engine'>, deployment: DeploymentKey, log: FastifyBaseLogger): Promise<void> {
  const { id, projectId, name } = deployment;
  const call = () => engine.wakeDeployment({ id, projectId, name }).then(() => true);
  await nudge(log, { missed: 'a deployment was not woken; the reconciler does it', call, timeoutMs: ENGINE_WAIT_MS });
}
