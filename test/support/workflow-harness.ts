import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { TASK_QUEUES } from '../../src/contract/names.ts';
import { workflowBundle } from '../../worker/artifacts.ts';
import { installQuietRuntime } from './quiet-runtime.ts';
import { takeNamespace, testServers } from './servers.ts';

export interface WorkflowHarness {
  readonly client: Client;
  /** Connects those workers. */
  readonly workers: NativeConnection;
  /** Runs workflows with these activities (local ones and common ones by the same names) while `action` runs. */
  readonly withWorkers: <T>(activities: object, action: () => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

export const HOST_QUEUE = 'weft-spin-local-test';

/** Our workflows on the real Temporal server, in a namespace of the test's own, with activities that the test scripts. */
export async function createWorkflowHarness(): Promise<WorkflowHarness> {
  installQuietRuntime();
  const namespace = takeNamespace();
  const address = testServers().temporalAddress;
  const bundlePath = await workflowBundle();
  const connection = await Connection.connect({ address });
  const workers = await NativeConnection.connect({ address });
  const client = new Client({ connection, namespace });
  return {
    client,
    workers,
    withWorkers: async (activities, action) => {
      const common = { connection: workers, namespace, activities, shutdownGraceTime: '100ms', shutdownForceTime: '5s' } as const;
      const running = await Promise.all([
        Worker.create({ ...common, taskQueue: TASK_QUEUES.workflows, workflowBundle: { codePath: bundlePath }, identity: randomUUID() }),
        Worker.create({ ...common, taskQueue: TASK_QUEUES.activities }),
        Worker.create({ ...common, taskQueue: HOST_QUEUE }),
      ]);
      const finished = Promise.all(running.map((worker) => worker.run()));
      try {
        return await action();
      } finally {
        for (const worker of running) worker.shutdown();
        await finished;
      }
    },
    close: async () => {
      await connection.close();
      await workers.close();
    },
  };
}
