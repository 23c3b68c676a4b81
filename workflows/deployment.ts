import { condition, continueAsNew, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { DeploymentActivities } from '../src/contract/activities.ts';
import { wakeSignal } from '../src/contract/messages.ts';
import type { DeploymentInput } from '../src/contract/messages.ts';
import { TRANSITION } from './activity-options.ts';

const { keepDeployment } = proxyLocalActivities<DeploymentActivities>(TRANSITION);

/**
 * Keeps the agents of a deployment running until it is removed: looks at its rows and does what they lack, when it is woken
 * and when a wait of the plan is over. It holds no state, so that whoever ends, resets or repeats it changes nothing.
 */
export async function deployment(input: DeploymentInput): Promise<void> {
  let dirty = true;
  setHandler(wakeSignal, () => {
    dirty = true;
  });

  while (!workflowInfo().continueAsNewSuggested) {
    dirty = false;
    const { removed, summary, lookAgainInMs } = await keepDeployment(input);
    setCurrentDetails(summary);
    if (removed) return;
    if (lookAgainInMs === null) await condition(() => dirty);
    else await condition(() => dirty, lookAgainInMs);
  }
  // The new run begins with a look, so a wake that is lost here is not missed.
  await continueAsNew<typeof deployment>(input);
}
