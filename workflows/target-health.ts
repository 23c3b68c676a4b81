import { proxyLocalActivities } from '@temporalio/workflow';
import type { HealthTransitions } from '../src/contract/activities.ts';
import type { TargetHealthInput } from '../src/contract/messages.ts';
import { TRANSITION } from './activity-options.ts';
import { probeTarget } from './probe-target.ts';

const ledger = proxyLocalActivities<HealthTransitions>(TRANSITION);

/** One look at a target by itself, and what becomes of it. Run by the target's Schedule, which only knows when. */
export async function targetHealth({ targetId }: TargetHealthInput): Promise<'not-wanted' | 'healthy' | 'unhealthy'> {
  const plan = await ledger.planCheck({ targetId });
  if (plan === null) return 'not-wanted';
  const { hostId, hostQueue, timeoutMs, seen } = plan;
  const result = await probeTarget({ targetId, hostId, hostQueue, timeoutMs });
  await ledger.recordCheck({ targetId, seen, result });
  return result.healthy ? 'healthy' : 'unhealthy';
}
