import type { FastifyBaseLogger } from 'fastify';
import type { Woken } from '../../src/ports/work-engine.ts';
import type { ApiDeps } from '../deps.ts';
import { ENGINE_WAIT_MS } from '../limits.ts';
import { nudge } from './nudge.ts';

/** Places have changed, so who waits may be served now rather than at the coordinator's next look. `undefined` = it is not known to have been woken. */
export function wakeCoordinator({ engine }: Pick<ApiDeps, 'engine'>, log: FastifyBaseLogger): Promise<Woken | undefined> {
  return nudge(log, { missed: 'the coordinator was not woken; it looks by itself soon', call: engine.wakeCoordinator, timeoutMs: ENGINE_WAIT_MS });
}
