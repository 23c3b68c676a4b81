// Worker, client and driver of `floor/workflows.ts` on the same Temporal server as the product, set up as its own worker is.
// Arguments: address of Temporal; to run agents also the file of the runner and a NATS server for them, which the product does not see.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { activityInfo, CompleteAsyncError } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { InjectedSinks } from '@temporalio/worker';
import { GUID_MARKER, RUNNER_CONFIG } from '../../../src/domain/agents/launch.ts';
import { POLLERS, STICKY_TIMEOUT, CACHED_WORKFLOWS_MAX } from '../../../worker/temporal-workers.ts';
import { FloorOrder } from '../floor/orders.ts';
import type { FloorResult } from '../floor/orders.ts';
import { floorItem, floorSignaller, tellSignal } from '../floor/workflows.ts';
import type { FloorActivities, FloorSinks } from '../floor/workflows.ts';
import { inTurns } from '../in-turns.ts';
import { runnerConfig } from '../runner-config.ts';

const NAMESPACE = 'weft';
const TASK_QUEUE = 'bench-floor';
const ACTIVITIES_MAX = 500;
// A runner that nobody gives anything leaves by itself.
const AGENT_FREE_MS = 50;

const [, , address = '', runnerFile = '', natsUrl = ''] = process.argv;
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
const client = new Client({ connection: await Connection.connect({ address }), namespace: NAMESPACE });
const running = new Map<string, () => void>();
const ended = new Map<string, () => void>();

const activities: FloorActivities = {
  work: () => {
    const { taskToken, workflowExecution } = activityInfo();
    running.get(workflowExecution?.workflowId ?? '')?.();
    setImmediate(() => void client.activity.complete(taskToken, undefined));
    throw new CompleteAsyncError();
  },
  runAgent: async () => {
    const config = runnerConfig({ guid: randomUUID(), capability: 'bench-floor', leaveAfterIdleMs: AGENT_FREE_MS });
    const env = {
      PATH: process.env['PATH'],
      NATS_URL: natsUrl,
      WEFT_RUNNER_DIR: tmpdir(),
      [GUID_MARKER]: config.guid,
      [RUNNER_CONFIG]: JSON.stringify(config),
    };
    const [code] = (await once(spawn(process.execPath, [runnerFile], { stdio: 'ignore', env }), 'exit')) as [number | null];
    if (code !== 0) throw new Error(`the floor's agent ended with code ${String(code)}`);
  },
};
const sinks: InjectedSinks<FloorSinks> = { item: { ended: { fn: ({ workflowId }) => ended.get(workflowId)?.(), callDuringReplay: false } } };

const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace: NAMESPACE,
  taskQueue: TASK_QUEUE,
  workflowBundle: await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../floor/workflows.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  }),
  activities,
  sinks,
  ...POLLERS,
  maxCachedWorkflows: CACHED_WORKFLOWS_MAX,
  stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
  maxConcurrentActivityTaskExecutions: ACTIVITIES_MAX,
});
void worker.run();
const signaller = await client.workflow.start(floorSignaller, { workflowId: `floor-signaller-${randomUUID()}`, taskQueue: TASK_QUEUE });
const tell = createTeller((ids) => signaller.signal(tellSignal, ids));

process.on('message', (message) => {
  void run(FloorOrder.parse(message)).then((result) => process.send?.(result));
});

async function run({ pace, withAgent }: FloorOrder): Promise<FloorResult> {
  const waitsMs: number[] = [];
  let last = '';
  const seconds = await inTurns(pace, async () => {
    const workflowId = (last = `floor-${randomUUID()}`);
    const startedAt = performance.now();
    running.set(workflowId, () => waitsMs.push(performance.now() - startedAt));
    const end = new Promise<void>((resolve) => ended.set(workflowId, resolve));
    await client.workflow.start(floorItem, { workflowId, taskQueue: TASK_QUEUE, args: [{ withAgent }] });
    tell(workflowId);
    await end;
    running.delete(workflowId);
    ended.delete(workflowId);
  });
  await client.workflow.getHandle(last).result();
  const events = (await eventsOf(last)) + (withAgent ? await eventsOf(`${last}-agent`) : 0);
  return { seconds, waitsMs, events };
}

/** Many that come while the last signal is on its way go together with the next one. */
function createTeller(signal: (ids: readonly string[]) => Promise<void>): (id: string) => void {
  let waiting: string[] = [];
  let sending = false;
  const send = async (): Promise<void> => {
    sending = true;
    while (waiting.length > 0) {
      const ids = waiting;
      waiting = [];
      await signal(ids);
    }
    sending = false;
  };
  return (id) => {
    waiting.push(id);
    if (!sending) void send();
  };
}

async function eventsOf(workflowId: string): Promise<number> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return events?.length ?? 0;
}
