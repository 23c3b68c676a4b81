import type { FastifyBaseLogger } from 'fastify';
import { healthScheduleOf } from '../../src/domain/targets/health-schedule.ts';
import type { Target } from '../../src/domain/targets/target.ts';
import type { ApiDeps } from '../deps.ts';
import { ENGINE_WAIT_MS } from '../limits.ts';
import { nudge } from './nudge.ts';
import { wakeCoordinator } from './wake-coordinator.ts';

/** A target is not as it was: who waits may be served now, and it is looked at as it says; `removed`: as it was before. */
export async function targetChanged(deps: Pick<ApiDeps, 'engine'>, log: FastifyBaseLogger, change: { target: Target } | { removed: Target }): Promise<void> {
  await Promise.all([wakeCoordinator(deps, log), keepSchedule(deps, log, change)]);
}

async function keepSchedule({ engine }: Pick<ApiDeps, 'engine'>, log: FastifyBaseLogger, change: { target: Target } | { removed: Target }): Promise<void> {
  const target = 'target' in change ? change.target : change.removed;
  // One that was never to be looked at has no Schedule.
  if (target.healthCheck === undefined) return;
  const schedule = 'target' in change ? healthScheduleOf(target) : null;
  const call = () => (schedule === null ? engine.removeHealthSchedule(target.id) : engine.setHealthSchedule(schedule));
  await nudge(log, { missed: 'the health Schedule of a target was not changed; the reconciler does it', call, timeoutMs: ENGINE_WAIT_MS });
}
