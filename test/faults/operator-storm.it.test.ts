import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { sessionWorkflowId, workWorkflowId } from '../../src/contract/names.ts';
import type { WorkPhase } from '../../src/domain/work/work-item.ts';
import { startOperated } from '../support/operated.ts';
import type { Operated } from '../support/operated.ts';
import type { Operator } from '../support/operator.ts';
import type { Product } from '../support/product.ts';
import { eventsOf, expectNothingHeld, submit, untilSettled } from '../support/settled.ts';

const WAIT_MS = 90_000;
const TEST_MS = 200_000;
// From "just submitted" to "just finished", on a quiet machine; on a busy one other steps are hit, which is as good.
const MOMENTS_MS = [100, 500, 1000, 1800];
const FINAL = ['work:completed', 'work:failed', 'work:cancelled'];

interface Deed {
  readonly name: string;
  /** What may become of the item, apart from having been completed before. */
  readonly phases: readonly WorkPhase[];
  readonly act: (operator: Operator, workflowIds: { item: string; session: string | null }) => Promise<unknown>;
}

const DEEDS: readonly Deed[] = [
  { name: 'terminate', phases: ['dead-lettered'], act: ({ temporal }, { item }) => temporal.workflow.getHandle(item).terminate() },
  { name: 'cancel', phases: ['cancelled'], act: ({ temporal }, { item }) => temporal.workflow.getHandle(item).cancel() },
  { name: 'delete', phases: ['dead-lettered'], act: ({ remove }, { item }) => remove(item) },
  { name: 'reset', phases: [], act: ({ reset }, { item }) => reset(item, 'first') },
  // There is nothing to be reset to when it comes before the first task is done.
  { name: 'terminate-and-reset', phases: ['dead-lettered'], act: ({ temporal, reset }, { item }) => terminateAndReset(temporal, reset, item) },
  {
    name: 'terminate-session',
    phases: [],
    act: ({ temporal }, { session }) => onSession(session, (id) => temporal.workflow.getHandle(id).terminate()),
  },
  { name: 'delete-session', phases: [], act: ({ remove }, { session }) => onSession(session, remove) },
  { name: 'reset-session', phases: [], act: ({ reset }, { session }) => onSession(session, (id) => reset(id, 'first')) },
  {
    name: 'terminate-both',
    phases: ['dead-lettered'],
    act: ({ temporal }, { item, session }) =>
      Promise.all([temporal.workflow.getHandle(item).terminate(), onSession(session, (id) => temporal.workflow.getHandle(id).terminate())]),
  },
];

let weft: Product;
let operator: Operator;
let end: Operated['end'];

beforeAll(async () => {
  ({ weft, operator, end } = await startOperated());
}, TEST_MS);

afterAll(() => end(), TEST_MS);

test(
  'whatever operators do to workflows, at whatever moment: every item ends once, and nothing stays held',
  async () => {
    await weft.registerTarget('storm', 8);

    const items = await Promise.all(DEEDS.flatMap((deed) => MOMENTS_MS.map((momentMs) => suffer(deed, momentMs))));

    for (const { deed, workId } of items) {
      const item = await untilSettled(weft, workId, WAIT_MS);
      const types = (await eventsOf(weft, workId)).map(({ type }) => type);
      const story = `${item.taskId}: ${types.join(' ')}`;
      expect({ story, isExpected: item.phase === 'completed' || deed.phases.includes(item.phase) }).toEqual({ story, isExpected: true });
      expect({ story, ends: types.filter((type) => FINAL.includes(type)).length }).toEqual({ story, ends: 1 });
    }
    await expectNothingHeld(weft, WAIT_MS);
    expect(await weft.stop()).toBe(0);
    expect(weft.processes()).toEqual([]);
  },
  TEST_MS,
);

/** Submits an item, and does the deed to it after a while, as far as there is then something to do it to. */
async function suffer(deed: Deed, momentMs: number): Promise<{ deed: Deed; workId: string }> {
  const workId = await submit(weft, { taskId: `${deed.name}-${String(momentMs)}`, capability: 'storm', description: 'for 4' });
  await delay(momentMs); // the moment is the point
  const { assignedTo } = await weft.client().find(workId);
  const session = assignedTo === undefined ? null : sessionWorkflowId(assignedTo);
  await deed.act(operator, { item: workWorkflowId(workId), session }).catch((error: unknown) => {
    // It has ended already, has no session yet, or no point to be reset to.
    if (!/not ?found|already completed|finish ID/iu.test(String(error))) throw error;
  });
  return { deed, workId };
}

async function terminateAndReset(temporal: Client, reset: Operator['reset'], workflowId: string): Promise<void> {
  await temporal.workflow.getHandle(workflowId).terminate();
  await reset(workflowId, 'first');
}

async function onSession(id: string | null, act: (id: string) => Promise<unknown>): Promise<void> {
  if (id !== null) await act(id);
}
