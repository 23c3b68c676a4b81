// The least that a work item could be with the raw SDK: started, signalled by another workflow, one activity that a client completes,
// ended. Where an agent is started for it, a child workflow with one activity as well.
import {
  condition,
  continueAsNew,
  defineSignal,
  executeChild,
  getExternalWorkflowHandle,
  proxyActivities,
  proxySinks,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Sinks } from '@temporalio/workflow';

export interface FloorActivities {
  /** Completed by a client. */
  readonly work: () => Promise<void>;
  /** From the start of an agent's process to its end. */
  readonly runAgent: () => Promise<void>;
}

/** How the process of the floor learns that an item has ended, without a call to the server. */
export interface FloorSinks extends Sinks {
  readonly item: { readonly ended: () => void };
}

export const goSignal = defineSignal('go');
export const tellSignal = defineSignal<[readonly string[]]>('tell');

const LIMITS = { startToCloseTimeout: '5 minutes', heartbeatTimeout: '5 minutes', retry: { maximumAttempts: 1 } } as const;
const { work, runAgent } = proxyActivities<FloorActivities>(LIMITS);
const { item } = proxySinks<FloorSinks>();

export async function floorItem({ withAgent }: { readonly withAgent: boolean }): Promise<void> {
  let going = false;
  setHandler(goSignal, () => {
    going = true;
  });
  await condition(() => going);
  if (withAgent) await executeChild(floorAgent, { workflowId: `${workflowInfo().workflowId}-agent` });
  await work();
  item.ended();
}

export async function floorAgent(): Promise<void> {
  await runAgent();
}

/** Signals those that it is told of, all that have come together at once. */
export async function floorSignaller(): Promise<void> {
  let waiting: string[] = [];
  setHandler(tellSignal, (ids) => {
    waiting.push(...ids);
  });
  // What has come with the last task is told before a new run begins.
  while (waiting.length > 0 || !workflowInfo().continueAsNewSuggested) {
    await condition(() => waiting.length > 0);
    const told = waiting;
    waiting = [];
    await Promise.all(told.map((id) => getExternalWorkflowHandle(id).signal(goSignal)));
  }
  await continueAsNew<typeof floorSignaller>();
}
