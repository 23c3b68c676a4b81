import { afterEach, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { JournalLine } from '../../scripts/bench/journal.ts';
import { callApi } from '../../scripts/bench/call-api.ts';
import { setSlots } from '../../scripts/bench/crew.ts';
import type { CoordinatorInput } from '../../src/contract/messages.ts';
import { COORDINATOR_ID, TASK_QUEUES, WORKFLOW_TYPES } from '../../src/contract/names.ts';
import { patiently, startCrowd, submitPatiently } from '../support/crowd.ts';
import type { Crowd } from '../support/crowd.ts';
import { eventually } from '../support/eventually.ts';
import { startOperated } from '../support/operated.ts';
import type { Operated } from '../support/operated.ts';
import type { ProcessName, Product } from '../support/product.ts';
import { expectNothingHeld } from '../support/settled.ts';

const ITEMS = 2000;
const AT_ONCE = 40;
const AGENTS = 40;
/** Every so-manieth is for a target on which agents are started, the others for agents that are there. */
const STARTED_EVERY = 50;
const ROUNDS_MAX = 3;
const RUNS_MIN = 10;
/** After so many items have been submitted. */
const KILLS: readonly (readonly [afterItems: number, victim: ProcessName])[] = [
  [200, 'worker'],
  [450, 'api'],
  [700, 'nats'],
  [950, 'worker'],
  [1200, 'postgres'],
  [1500, 'temporal'],
  [1800, 'worker'],
];

const WAIT_MS = 120_000;
const POLL_MS = 200;
const TEST_MS = 540_000;

let operated: Operated | null = null;
let crowd: Crowd | null = null;

afterEach(async () => {
  await crowd?.close();
  await operated?.end();
}, TEST_MS);

test(
  'of 2000 items none is lost and none is done twice, though the coordinator begins a new run every few rounds and every process is killed in between',
  async () => {
    operated = await startOperated();
    const { weft } = operated;
    await setSlots(weft.ready().api, AT_ONCE);
    await weft.registerTarget('started', 2);
    crowd = await startCrowd(weft, { count: AGENTS, capability: 'crowd', workMs: 50 });
    await shortenRunsOfCoordinator(operated);

    await submitAll(operated);
    await untilAllSettled(weft);

    expect(await weft.query('SELECT status, attempts, count(*)::int FROM work_items GROUP BY 1, 2')).toEqual([
      { status: 'completed', attempts: 1, count: ITEMS },
    ]);
    expect(await weft.query(`SELECT count(*)::int AS ends, count(DISTINCT entity_id)::int AS items FROM events WHERE type = 'work:completed'`)).toEqual([
      { ends: ITEMS, items: ITEMS },
    ]);
    expect(await weft.query('SELECT entity_id FROM events GROUP BY entity_id HAVING max(seq) <> count(*)')).toEqual([]);
    expectEachDoneOnce(crowd.journal());
    expect(weft.journal().filter((line) => line.startsWith('done '))).toHaveLength(ITEMS / STARTED_EVERY);
    await expectNothingHeld(weft, WAIT_MS);
    expect(await weft.query('SELECT work_id FROM slots WHERE may_work')).toEqual([]);
    expect(await callApi(weft.ready().api, ['GET', '/api/stats'])).toMatchObject({ pending: 0, active: 0, completed: ITEMS, failed: 0, total: ITEMS });
    expect(await runsOfCoordinator(operated)).toBeGreaterThan(RUNS_MIN);
  },
  TEST_MS,
);

async function shortenRunsOfCoordinator({ operator }: Operated): Promise<void> {
  const input: CoordinatorInput = { intervalMs: 200, roundsMax: ROUNDS_MAX };
  await operator.temporal.workflow.start(WORKFLOW_TYPES.coordinator, {
    workflowId: COORDINATOR_ID,
    taskQueue: TASK_QUEUES.workflows,
    args: [input],
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });
}

async function submitAll({ weft, up }: Operated): Promise<void> {
  const killer = startKiller({ weft, up });
  for (let submitted = 0; submitted < ITEMS;) {
    // The last items are kept for after the last kill, which comes late when what was killed before takes long to come back.
    const until = killer.left().length > 0 ? ITEMS - AT_ONCE : ITEMS;
    const room = Math.min(AT_ONCE - (await countOpen(weft)), until - submitted);
    if (room <= 0) await delay(POLL_MS);
    const submitting = Array.from({ length: Math.max(0, room) }, (_, index) => submitOne(weft, submitted + index));
    await killer.killWhenDue(submitted);
    await Promise.all(submitting);
    submitted += submitting.length;
  }
}

function submitOne(weft: Product, index: number): Promise<string> {
  const capability = index % STARTED_EVERY === 0 ? 'started' : 'crowd';
  return submitPatiently(weft, { taskId: `item-${String(index)}`, capability }, WAIT_MS);
}

async function countOpen(weft: Product): Promise<number> {
  const sql = `SELECT count(*)::int AS open FROM work_items WHERE status IN ('pending', 'in-progress')`;
  return patiently(async () => Number((await weft.query(sql))[0]?.['open']), WAIT_MS);
}

async function untilAllSettled(weft: Product): Promise<void> {
  await eventually(async () => {
    await delay(POLL_MS);
    expect(await countOpen(weft)).toBe(0);
  }, WAIT_MS);
}

interface Killer {
  /** Kills what is to be killed after as many items, once what was killed before is back. */
  readonly killWhenDue: (submitted: number) => Promise<void>;
  readonly left: () => typeof KILLS;
}

function startKiller({ weft, up }: Pick<Operated, 'weft' | 'up'>): Killer {
  const left = [...KILLS];
  const killed: ProcessName[] = [];
  const isBack = (name: ProcessName): boolean => up.stderr().split(`${name} is back.`).length > killed.filter((one) => one === name).length;
  return {
    killWhenDue: async (submitted) => {
      const [afterItems, victim] = left[0] ?? [ITEMS, 'worker'];
      if (submitted < afterItems || !killed.every(isBack)) return;
      left.shift();
      killed.push(victim);
      // In the middle of what was just submitted, not at its end.
      await delay(Math.random() * POLL_MS);
      weft.kill9(victim);
    },
    left: () => left,
  };
}

/** An agent writes down each start and stop: none was begun twice under one fence, and never were two at one item. */
function expectEachDoneOnce(journal: readonly JournalLine[]): void {
  const runs = journal.filter(({ what }) => what === 'start').map(({ workId, fence }) => `${workId} ${String(fence)}`);
  expect(runs).toHaveLength(ITEMS - ITEMS / STARTED_EVERY);
  expect(new Set(runs).size).toBe(runs.length);
  expect(new Set(journal.filter(({ what }) => what === 'stop').map(({ workId }) => workId)).size).toBe(runs.length);
}

async function runsOfCoordinator({ operator }: Operated): Promise<number> {
  const { count } = await operator.temporal.workflow.count(`WorkflowType = "${WORKFLOW_TYPES.coordinator}" AND ExecutionStatus = "ContinuedAsNew"`);
  return count;
}
