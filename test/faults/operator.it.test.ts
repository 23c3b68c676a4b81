import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { COORDINATOR_ID, sessionWorkflowId, workWorkflowId } from '../../src/contract/names.ts';
import type { AgentGuid, WorkId } from '../../src/domain/ids.ts';
import { eventually } from '../support/eventually.ts';
import { startOperated } from '../support/operated.ts';
import type { Operated } from '../support/operated.ts';
import type { Operator } from '../support/operator.ts';
import { CLOCKS } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { eventsOf, expectNothingHeld, submit, untilEvent, untilSettled } from '../support/settled.ts';

const WAIT_MS = 60_000;
const TEST_MS = 240_000;
// The reconciler's interval, its own look, and the end of an agent that is asked politely first; the rest is for a busy machine.
const TAKEN_BACK_MS = CLOCKS.reconcileMs + CLOCKS.stopGraceMs + 40_000;

let weft: Product;
let operator: Operator;
let end: Operated['end'];
let temporal: Client;

beforeAll(async () => {
  ({ weft, operator, end } = await startOperated());
  temporal = operator.temporal;
}, TEST_MS);

afterAll(() => end(), TEST_MS);

test.each(['terminate', 'cancel'] as const)(
  'after a %s of the supervision of a working agent, the agent is gone and its item is done by another, which counts as the first',
  async (action) => {
    const { workId, guid, name } = await startWorking('session');

    await temporal.workflow.getHandle(sessionWorkflowId(guid))[action]();

    await untilGone(guid);
    await untilEvent(weft, workId, { type: 'work:started', nth: 2, timeoutMs: WAIT_MS });
    letFinish(name);
    const item = await untilSettled(weft, workId, WAIT_MS);
    expect(item).toEqual(expect.objectContaining({ phase: 'completed', attempts: 1 }));
    expect(await typesOf(workId, 'work:completed', 'work:attempt-failed')).toEqual(['work:attempt-failed', 'work:completed']);
    expect(weft.runsOf(name)).toEqual(['started', 'started', 'done']);
  },
  TEST_MS,
);

test(
  'after a cancel of a work item in Temporal, it is cancelled and its agent gone',
  async () => {
    const { workId, guid } = await startWorking('item');

    await temporal.workflow.getHandle(workWorkflowId(workId)).cancel();

    const item = await untilSettled(weft, workId, WAIT_MS);
    expect(item).toEqual(expect.objectContaining({ phase: 'cancelled', reason: 'cancelled in Temporal' }));
    await untilGone(guid);
  },
  TEST_MS,
);

test(
  'after the coordinator was terminated, granting goes on',
  async () => {
    const { workId, name } = await startWorking('coordinator');

    await temporal.workflow.getHandle(COORDINATOR_ID).terminate('an operator');
    const next = await submit(weft, { taskId: `${name}-next`, capability: name, description: 'for 1' });
    expect((await untilSettled(weft, next, WAIT_MS)).phase).toBe('completed');
    letFinish(name);

    expect((await untilSettled(weft, workId, WAIT_MS)).phase).toBe('completed');
    await eventually(async () => {
      expect((await temporal.workflow.getHandle(COORDINATOR_ID).describe()).status.name).toBe('RUNNING');
    }, WAIT_MS);
  },
  TEST_MS,
);

test.each(['first', 'last'] as const)(
  'a work item that is reset to its %s workflow task while its agent works is taken over by the new run and done once',
  async (which) => {
    const { workId, guid, name } = await startWorking(`reset-${which}`);
    const before = await weft.client().find(workId);

    const runId = await operator.reset(workWorkflowId(workId), which);

    await untilGone(guid);
    const taken = await untilEvent(weft, workId, { type: 'work:started', nth: 2, timeoutMs: WAIT_MS });
    expect(taken.fence).toBeGreaterThan(before.fence);
    expect(taken.agentGuid).not.toBe(guid);
    letFinish(name);
    const item = await untilSettled(weft, workId, WAIT_MS);
    expect(item).toEqual(expect.objectContaining({ phase: 'completed', attempts: 1 }));
    expect(await typesOf(workId, 'work:completed')).toEqual(['work:completed']);
    expect(weft.runsOf(name)).toEqual(['started', 'started', 'done']);
    const { runId: current, status } = await eventually(async () => {
      const described = await temporal.workflow.getHandle(workWorkflowId(workId)).describe();
      expect(described.status.name).not.toBe('RUNNING');
      return described;
    }, WAIT_MS);
    expect({ current, status: status.name }).toEqual({ current: runId, status: 'COMPLETED' });
  },
  TEST_MS,
);

test(
  'a settled work item that is reset stays as it is',
  async () => {
    const { workId, name } = await startWorking('reset-settled');
    letFinish(name);
    const before = await untilSettled(weft, workId, WAIT_MS);
    const events = await eventually(async () => {
      const told = await eventsOf(weft, workId);
      // Until the relay has numbered them they are still to change.
      expect(told.every(({ position }) => position !== undefined)).toBe(true);
      return told;
    }, WAIT_MS);

    await operator.reset(workWorkflowId(workId), 'first');

    await eventually(async () => {
      expect((await temporal.workflow.getHandle(workWorkflowId(workId)).describe()).status.name).not.toBe('RUNNING');
    }, WAIT_MS);
    expect(await weft.client().find(workId)).toEqual(before);
    expect(await eventsOf(weft, workId)).toEqual(events);
    expect(weft.runsOf(name)).toEqual(['started', 'done']);
  },
  TEST_MS,
);

test(
  'and when all that is over nothing is held, and nothing is left at the end',
  async () => {
    await expectNothingHeld(weft, WAIT_MS);

    expect(await weft.stop()).toBe(0);
    expect(weft.processes()).toEqual([]);
  },
  TEST_MS,
);

interface Working {
  readonly workId: WorkId;
  readonly guid: AgentGuid;
  readonly name: string;
}

/** An item on a target of its own, whose agent works until `letFinish`. */
async function startWorking(story: string): Promise<Working> {
  const name = `${story}-${randomUUID().slice(0, 8)}`;
  await weft.registerTarget(name, 2);
  const workId = await submit(weft, { taskId: name, capability: name, description: `until ${name}.go` });
  const { agentGuid } = await untilEvent(weft, workId, { type: 'work:started', timeoutMs: WAIT_MS });
  if (agentGuid === undefined) throw new Error('work:started names no agent.');
  await eventually(() => {
    expect(weft.runsOf(name)).toEqual(['started']);
  }, WAIT_MS);
  return { workId, guid: agentGuid, name };
}

function letFinish(name: string): void {
  writeFileSync(join(weft.workDir, `${name}.go`), '');
}

async function untilGone(guid: AgentGuid): Promise<void> {
  await eventually(() => {
    expect(weft.agents().filter((agent) => agent.guid === guid)).toEqual([]);
  }, TAKEN_BACK_MS);
}

async function typesOf(workId: WorkId, ...types: readonly string[]): Promise<readonly string[]> {
  return (await eventsOf(weft, workId)).map(({ type }) => type).filter((type) => types.includes(type));
}
