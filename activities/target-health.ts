import type { HealthTransitions } from '../src/contract/activities.ts';
import { localSpinQueue } from '../src/contract/names.ts';
import type { TargetLedger } from '../src/ports/ledger/target-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';

export interface TargetHealthDeps {
  readonly targets: Pick<TargetLedger, 'planCheck' | 'recordCheck'>;
  readonly engine: Pick<WorkEngine, 'wakeCoordinator'>;
}

/** What a scheduled look at a target reads and writes. The place and the limit are read for each look, so that they are never old. */
export function createHealthTransitions({ targets, engine }: TargetHealthDeps): HealthTransitions {
  return {
    planCheck: async ({ targetId }) => {
      const plan = await targets.planCheck(targetId);
      return plan === null ? null : { ...plan, hostQueue: localSpinQueue(plan.hostId) };
    },
    recordCheck: async ({ targetId, seen, result }) => {
      const { recovered } = await targets.recordCheck(targetId, seen, result);
      if (recovered) await engine.wakeCoordinator();
    },
  };
}
