import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import { localSpinQueue, TASK_QUEUES } from '../src/contract/names.ts';
import type {
  AttemptActivities,
  HealthTransitions,
  HostActivities,
  ProbeActivities,
  ReconcileActivities,
  SessionActivities,
  SessionTransitions,
  SlotActivities,
  WorkTransitions,
} from '../src/contract/activities.ts';

interface WorkerActivities {
  /** Local activities, run by the workflow worker. */
  readonly local: WorkTransitions & SlotActivities & SessionTransitions & HealthTransitions;
  readonly common: AttemptActivities & SessionActivities & ReconcileActivities;
  readonly host: HostActivities & ProbeActivities;
}

export interface TemporalWorkersOptions {
  /** Closed by whoever made it, after the workers have stopped. */
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly hostId: string;
  readonly workflowBundlePath: string;
  readonly activities: WorkerActivities;
  readonly shutdownGraceMs: number;
}

export interface TemporalWorkers {
  /** Settles when all have stopped; rejects when one fails. */
  readonly finished: Promise<void>;
  /** Takes no more tasks, finishes those under way. */
  readonly stop: () => Promise<void>;
}

// A cache smaller than the items in flight halves the rate; more pollers make it slower (DESIGN §5).
export const CACHED_WORKFLOWS_MAX = 2000;
// After kill -9 of a worker, the next task of each workflow it had cached waits this long for it.
export const STICKY_TIMEOUT = '5s';
// A granting round starts up to a hundred items, and the first task of each comes here with its start, if there is a place for it.
const WORKFLOW_TASKS_MAX = 200;
export const POLLERS = { maxConcurrentWorkflowTaskPolls: 4, maxConcurrentActivityTaskPolls: 4 };
// Handing over holds a place for as long as the agent takes to start.
const COMMON_ACTIVITIES_MAX = 500;
// Starting an agent holds a place until it has registered, which may take as long as it wishes.
const HOST_ACTIVITIES_MAX = 200;

// A hand-over or a start learns that it is over from its heartbeat's answer.
const HEARTBEATS_SENT_WITHIN = '2s';

/** The three workers of one process: workflows with their local activities, common activities, and those of this host. */
export async function startTemporalWorkers(options: TemporalWorkersOptions): Promise<TemporalWorkers> {
  const common = { connection: options.connection, namespace: options.namespace, shutdownGraceTime: options.shutdownGraceMs, ...POLLERS };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: TASK_QUEUES.workflows,
      workflowBundle: { codePath: options.workflowBundlePath },
      activities: options.activities.local,
      maxConcurrentWorkflowTaskExecutions: WORKFLOW_TASKS_MAX,
      maxCachedWorkflows: CACHED_WORKFLOWS_MAX,
      stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
    }),
    Worker.create({
      ...common,
      taskQueue: TASK_QUEUES.activities,
      activities: options.activities.common,
      maxConcurrentActivityTaskExecutions: COMMON_ACTIVITIES_MAX,
      maxHeartbeatThrottleInterval: HEARTBEATS_SENT_WITHIN,
    }),
    Worker.create({
      ...common,
      taskQueue: localSpinQueue(options.hostId),
      activities: options.activities.host,
      maxConcurrentActivityTaskExecutions: HOST_ACTIVITIES_MAX,
      maxHeartbeatThrottleInterval: HEARTBEATS_SENT_WITHIN,
    }),
  ]);
  const finished = Promise.all(workers.map((worker) => worker.run())).then(() => undefined);
  return {
    finished,
    stop: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await finished;
    },
  };
}
