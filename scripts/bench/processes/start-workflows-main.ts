// Starts the workflows of work items that the ledger has already, with nothing around the Temporal client.
// Arguments: address of Temporal, URL of the ledger.
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import { createLedger } from '../../../src/adapters/postgres/index.ts';
import { TASK_QUEUES, WORKFLOW_TYPES, workWorkflowId } from '../../../src/contract/names.ts';
import { defaultPolicy } from '../../../src/domain/policy/project-policy.ts';
import { normaliseSubmit } from '../../../src/domain/work/normalise-submit.ts';
import { briefOf } from '../../../src/domain/work/brief-of.ts';
import type { WorkBrief } from '../../../src/domain/work/transition-results.ts';
import { WorkSubmit } from '../../../src/domain/work/work-item.ts';
import { WORK } from '../submit-one.ts';

const Order = z.object({ starts: z.int().min(1), atOnce: z.int().min(1) });

const [, , address = '', databaseUrl = ''] = process.argv;
const client = new Client({ connection: await Connection.connect({ address }), namespace: 'weft' });
const ledger = createLedger({ databaseUrl, poolMax: 8, defaultPolicy: defaultPolicy(20), defaultIdleTimeoutMs: 300_000 });

process.on('message', (message) => {
  void run(Order.parse(message)).then((seconds) => process.send?.({ seconds }));
});

async function run({ starts, atOnce }: z.infer<typeof Order>): Promise<number> {
  const ids = Array.from({ length: starts }, () => randomUUID());
  const briefs = new Map<string, WorkBrief | null>();
  await together(ids, atOnce, async (id) => {
    const { item } = await ledger.work.submit({
      item: normaliseSubmit(WorkSubmit.parse(WORK), { id, projectId: 'default' }),
      key: null,
      author: { name: 'bench', requestId: 'bench' },
    });
    briefs.set(id, briefOf(item));
    await ledger.work.recordStarted(id);
  });
  const startedAt = performance.now();
  await together(ids, atOnce, (id) =>
    client.workflow.start(WORKFLOW_TYPES.workItem, {
      workflowId: workWorkflowId(id),
      taskQueue: TASK_QUEUES.workflows,
      args: [{ workId: id, brief: briefs.get(id) ?? undefined }],
      // On a slow machine the sweeper may come first.
      workflowIdConflictPolicy: 'USE_EXISTING',
    }),
  );
  return (performance.now() - startedAt) / 1000;
}

async function together(ids: readonly string[], atOnce: number, work: (id: string) => Promise<unknown>): Promise<void> {
  const left = [...ids];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) await work(id);
    }),
  );
}
