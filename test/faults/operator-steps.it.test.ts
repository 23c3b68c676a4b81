import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COORDINATOR_ID, RECONCILE_SCHEDULE_ID, sessionWorkflowId, WORKFLOW_TYPES, workWorkflowId } from '../../src/contract/names.ts';
import type { AgentGuid, WorkId } from '../../src/domain/ids.ts';
import type { WorkPhase } from '../../src/domain/work/work-item.ts';
import { eventually } from '../support/eventually.ts';
import { startOperated } from '../support/operated.ts';
import type { Operated } from '../support/operated.ts';
import type { Operator } from '../support/operator.ts';
import type { Product } from '../support/product.ts';
import { eventsOf, expectNothingHeld, submit, untilEvent, untilSettled } from '../support/settled.ts';

const WAIT_MS = 90_000;
const TEST_MS = 200_000;
const SECRET = 'whispered-secret';
const FINAL = ['work:completed', 'work:failed', 'work:cancelled'];

const DEEDS = ['terminate', 'cancel', 'reset'] as const;
type Deed = (typeof DEEDS)[number];
/** What becomes of an item. A terminate or cancel may meet a report that is on its way, and then either may be first. */
const ENDS: Readonly<Record<Deed, WorkPhase>> = { terminate: 'dead-lettered', cancel: 'cancelled', reset: 'completed' };

interface Victim {
  readonly deed: Deed;
  readonly name: string;
  readonly workId: WorkId;
}

let weft: Product;
let operator: Operator;
let end: Operated['end'];

beforeAll(async () => {
  ({ weft, operator, end } = await startOperated());
}, TEST_MS);

afterAll(() => end(), TEST_MS);

test(
  'whatever is done to items that are accepted, that wait, that are granted a slot, or whose agent has just finished',
  async () => {
    // A target of their own comes later, so that those that wait are granted what they have not taken when the worker is back.
    const waiting = await submitEach('waiting');
    const finishing = await submitEach('finishing', { agentsMax: 3 });
    for (const { workId } of waiting) await untilEvent(weft, workId, { type: 'work:queued', timeoutMs: WAIT_MS });
    await untilWorking(finishing);

    const accepted = await weft.without('worker', async () => {
      // There is nothing to be reset to before the first task is done.
      const accepted = await submitEach('accepted', { deeds: ['terminate', 'cancel'] });
      letFinish(finishing);
      await eventually(() => {
        for (const { name } of finishing) expect(weft.runsOf(name)).toContain('done');
      }, WAIT_MS);
      await weft.registerTarget('waiting', 3);
      await weft.registerTarget('accepted', 3);
      for (const { deed, workId } of [...accepted, ...waiting, ...finishing]) await act(deed, workWorkflowId(workId));
      return accepted;
    });

    letFinish([...waiting, ...accepted].filter(isReset));
    for (const victim of [...accepted, ...waiting]) await expectEnded(victim, [ENDS[victim.deed]]);
    for (const victim of finishing) await expectEnded(victim, [ENDS[victim.deed], 'completed']);
    for (const { name, deed } of [...accepted, ...waiting]) expect(weft.runsOf(name).filter((what) => what === 'done')).toHaveLength(deed === 'reset' ? 1 : 0);
    await expectNothingHeld(weft, WAIT_MS);
  },
  TEST_MS,
);

test(
  'whatever is done to items whose agent starts, has not claimed yet, works, or waits for another attempt',
  async () => {
    const starting = await submitEach('starting', { agentsMax: 3 });
    // A stopped runner neither registers nor takes what it is offered.
    const frozen = await freezeAgents(starting);
    for (const { deed, workId } of starting) await act(deed, workWorkflowId(workId));
    const failing = await submitEach('failing', { agentsMax: 3, does: 'fail 2' });
    // The other deeds to these are in operator.it.test.ts.
    const working = await submitEach('working', { agentsMax: 1, deeds: ['terminate'] });
    await untilWorking(working);
    for (const { deed, workId } of working) await act(deed, workWorkflowId(workId));
    await Promise.all(
      failing.map(async ({ deed, workId }) => {
        // The next one is then two or three seconds away, and does not end by itself should it come sooner.
        await untilEvent(weft, workId, { type: 'work:attempt-failed', nth: 2, timeoutMs: WAIT_MS });
        await act(deed, workWorkflowId(workId));
      }),
    );

    letFinish([...starting, ...failing].filter(isReset));
    for (const victim of [...starting, ...working, ...failing]) await expectEnded(victim, [ENDS[victim.deed]]);
    for (const { name, deed } of [...starting, ...working]) expect(weft.runsOf(name).filter((what) => what === 'done')).toHaveLength(deed === 'reset' ? 1 : 0);
    await untilGone(frozen);
    await expectNothingHeld(weft, WAIT_MS);
  },
  TEST_MS,
);

test(
  'whatever is done to the supervision of agents that start, are free, or are on their way out',
  async () => {
    const starting = await submitEach('session-starting', { agentsMax: 4 });
    const frozen = await freezeAgents(starting);
    await Promise.all(starting.map(async ({ deed, workId }) => act(deed, sessionWorkflowId(await agentOf(workId)))));
    letFinish(starting);
    await untilGone(frozen.filter((_, index) => starting[index]?.deed !== 'reset'));
    for (const guid of frozen) weft.signalAgent(guid, 'SIGCONT');
    for (const victim of starting) await expectEnded(victim, ['completed']);

    const free = await warmAgents('session-free');
    // Asked to go, and deaf.
    const draining = await warmAgents('session-draining');
    for (const { guid } of draining) weft.signalAgent(guid, 'SIGSTOP');
    await Promise.all(draining.map(({ guid }) => shutDown(guid)));
    for (const { deed, guid } of [...draining, ...free]) await act(deed, sessionWorkflowId(guid));

    // A free agent whose supervision is reset is supervised again.
    const kept = free.filter(({ deed }) => deed === 'reset').map(({ guid }) => guid);
    await untilGone([...draining, ...free].map(({ guid }) => guid).filter((guid) => !kept.includes(guid)));
    for (const guid of kept) {
      const { status } = await operator.temporal.workflow.getHandle(sessionWorkflowId(guid)).describe();
      expect({ status: status.name, states: await statesOf([guid]) }).toEqual({ status: 'RUNNING', states: ['free'] });
    }
    await expectNothingHeld(weft, WAIT_MS);
  },
  TEST_MS,
);

test.each(DEEDS)(
  'after a %s of the coordinator and of a round of the reconciler both go on',
  async (deed) => {
    const name = `both-${deed}`;
    // The one before has just ended a coordinator, and its next run may not have begun.
    await eventually(async () => {
      const { events } = await operator.temporal.workflow.getHandle(COORDINATOR_ID).fetchHistory();
      expect(events?.some((event) => event.workflowTaskCompletedEventAttributes)).toBe(true);
    }, WAIT_MS);
    const reconciled = await weft.without('worker', async () => {
      await operator.temporal.schedule.getHandle(RECONCILE_SCHEDULE_ID).trigger();
      const rounds = await eventually(async () => {
        const running = await roundsOfReconciler('Running');
        expect(running).not.toEqual([]);
        return running;
      }, WAIT_MS);
      await act(deed, COORDINATOR_ID);
      // A round that has not begun has nothing to be reset to.
      for (const workflowId of rounds) if (deed !== 'reset') await act(deed, workflowId);
      return roundsOfReconciler('Completed');
    });

    await weft.registerTarget(name);
    const workId = await submit(weft, { taskId: name, capability: name, description: 'for 1' });
    expect((await untilSettled(weft, workId, WAIT_MS)).phase).toBe('completed');
    await eventually(async () => {
      expect((await roundsOfReconciler('Completed')).filter((id) => !reconciled.includes(id))).not.toEqual([]);
      expect((await operator.temporal.workflow.getHandle(COORDINATOR_ID).describe()).status.name).toBe('RUNNING');
    }, WAIT_MS);
  },
  TEST_MS,
);

test(
  'and when all that is over nothing is held, no workflow has seen the text of an item, and nothing is left at the end',
  async () => {
    await expectNothingHeld(weft, WAIT_MS);
    for await (const { workflowId, runId } of operator.temporal.workflow.list()) {
      const history = await operator.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
      expect(textOf(history)).not.toContain(SECRET);
    }

    expect(await weft.stop()).toBe(0);
    expect(weft.processes()).toEqual([]);
  },
  TEST_MS,
);

interface Plan {
  /** There is a target for them. */
  readonly agentsMax?: number;
  /** `fail N`: the harness fails so often before it works until it may finish. */
  readonly does?: string;
  readonly deeds?: readonly Deed[];
}

/** An item for each deed. */
async function submitEach(capability: string, { agentsMax, does = 'until', deeds = DEEDS }: Plan = {}): Promise<readonly Victim[]> {
  if (agentsMax !== undefined) await weft.registerTarget(capability, agentsMax);
  return Promise.all(
    deeds.map(async (deed) => {
      const name = `${capability}-${deed}`;
      const description = `${does} ${name}.go ${SECRET}`;
      return { deed, name, workId: await submit(weft, { taskId: name, capability, description, limits: { attemptsMax: 3 } }) };
    }),
  );
}

async function act(deed: Deed, workflowId: string): Promise<void> {
  if (deed === 'reset') await operator.reset(workflowId, 'first');
  else await operator.temporal.workflow.getHandle(workflowId)[deed]();
}

function letFinish(victims: readonly Victim[]): void {
  for (const { name } of victims) writeFileSync(join(weft.workDir, `${name}.go`), '');
}

/** Those of the others must not be done before they are ended. */
function isReset({ deed }: Victim): boolean {
  return deed === 'reset';
}

async function untilWorking(victims: readonly Victim[]): Promise<void> {
  for (const { workId, name } of victims) {
    await untilEvent(weft, workId, { type: 'work:started', timeoutMs: WAIT_MS });
    await eventually(() => {
      expect(weft.runsOf(name)).toContain('started');
    }, WAIT_MS);
  }
}

/** Ended once, as expected. */
async function expectEnded({ workId, name }: Victim, phases: readonly WorkPhase[]): Promise<void> {
  const { phase } = await untilSettled(weft, workId, WAIT_MS);
  const types = (await eventsOf(weft, workId)).map(({ type }) => type);
  const story = `${name}: ${types.join(' ')}`;
  expect({ story, phase, isExpected: phases.includes(phase) }).toEqual({ story, phase, isExpected: true });
  expect({ story, ends: types.filter((type) => FINAL.includes(type)).length }).toEqual({ story, ends: 1 });
}

async function agentOf(workId: WorkId): Promise<AgentGuid> {
  return eventually(async () => {
    const rows = await weft.query(`SELECT guid FROM sessions WHERE work_id = '${workId}'`);
    expect(rows).toHaveLength(1);
    return String(rows[0]?.['guid']);
  }, WAIT_MS);
}

/** Stops the agents of the items as soon as they are there; on a quiet machine before they have registered. */
async function freezeAgents(victims: readonly Victim[]): Promise<readonly AgentGuid[]> {
  return Promise.all(
    victims.map(async ({ workId }) => {
      const guid = await agentOf(workId);
      await eventually(() => {
        expect(weft.signalAgent(guid, 'SIGSTOP')).toBeGreaterThan(0);
      }, WAIT_MS);
      return guid;
    }),
  );
}

/** A free agent for each deed. */
async function warmAgents(capability: string): Promise<readonly { deed: Deed; guid: AgentGuid }[]> {
  const victims = await submitEach(capability, { agentsMax: DEEDS.length });
  await untilWorking(victims);
  const warm = await Promise.all(victims.map(async ({ deed, workId }) => ({ deed, guid: await agentOf(workId) })));
  letFinish(victims);
  for (const victim of victims) await expectEnded(victim, ['completed']);
  await eventually(async () => {
    const free = (await weft.query(`SELECT guid FROM sessions WHERE state = 'free'`)).map(({ guid }) => guid);
    expect(free).toEqual(expect.arrayContaining(warm.map(({ guid }) => guid)));
  }, WAIT_MS);
  return warm;
}

async function shutDown(guid: AgentGuid): Promise<void> {
  const reply = await fetch(`${weft.ready().api}/api/agents/${guid}/shutdown`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ gracePeriodMs: 12_000 }),
  });
  expect(reply.ok).toBe(true);
  await eventually(async () => {
    expect(await statesOf([guid])).toEqual(['draining']);
  }, WAIT_MS);
}

async function untilGone(guids: readonly AgentGuid[]): Promise<void> {
  await eventually(async () => {
    expect(weft.agents().filter(({ guid }) => guids.includes(guid))).toEqual([]);
    expect(await statesOf(guids)).toEqual(['gone']);
  }, WAIT_MS);
}

async function statesOf(guids: readonly AgentGuid[]): Promise<readonly unknown[]> {
  const rows = await weft.query(`SELECT DISTINCT state FROM sessions WHERE guid IN (${guids.map((guid) => `'${guid}'`).join(', ')})`);
  return rows.map(({ state }) => state);
}

async function roundsOfReconciler(status: 'Running' | 'Completed'): Promise<readonly string[]> {
  const ids: string[] = [];
  const query = `WorkflowType = "${WORKFLOW_TYPES.reconcile}" AND ExecutionStatus = "${status}"`;
  for await (const { workflowId } of operator.temporal.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

/** With what the payloads hold, which stand there as bytes. */
function textOf(history: unknown): string {
  return JSON.stringify(history, (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString() : value));
}
