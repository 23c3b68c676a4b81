import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { WorkSubmit } from '../../../src/domain/work/work-item.ts';
import type { Writer } from '../../../src/ports/ledger/transition-ledger.ts';
import { foreignSighting } from './foreign-sighting.ts';
import { completed, failed, openWorld, report } from './open-world.ts';
import type { Attempt, World } from './open-world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld({ user: 'kim' });
});

afterEach(() => world.clear());
afterAll(() => world.close());

async function register(guid: string, entry: object = {}): Promise<void> {
  await world.ledger.agents.recordSightings([foreignSighting(guid, entry)]);
}

/** Who was granted what, by agent. */
async function grantAll(): Promise<string[]> {
  const { grants } = await world.grantSlots();
  return grants.map(({ choice }) => (choice.kind === 'agent' ? choice.agentGuid : 'start')).sort();
}

/** Granted to the agent, taken, offered, claimed. */
async function working(body: Partial<WorkSubmit> = {}): Promise<Attempt> {
  return world.attempt(await world.queue(body));
}

const LOST = { kind: 'failed', failureClass: 'lost', message: 'gone', reportedByAgent: false } as const;
const IDLE = { ...LOST, failureClass: 'idle' } as const;

async function failAttempt({ writer, taken }: Attempt, failure: typeof LOST | typeof IDLE = IDLE) {
  return world.ledger.transitions.requeue(writer, { fence: taken.fence, failure, delayMs: 0, reason: 'failed', counted: true });
}

async function refuseOffer(writer: Writer, fence: number): Promise<void> {
  await world.ledger.transitions.requeue(writer, { fence, failure: null, delayMs: 0, reason: 'not taken', counted: false });
}

describe('an agent that registered by itself', () => {
  test('is given work before one is started, and the decision names it', async () => {
    await world.registerTarget();
    await register('a');
    const { workId } = await world.queue();

    expect(await grantAll()).toEqual(['a']);
    expect(await world.ledger.routing.decisionsOf(workId, { beforeFence: 9, limit: 9 })).toMatchObject([
      { chosen: { choice: { kind: 'agent', agentGuid: 'a', targetId: null }, agentType: 'claude-code', targetName: null } },
    ]);
  });

  test('has the item when it says so, and its result is recorded', async () => {
    await register('a');
    const writer = await world.queue();
    const { taken } = await world.start(writer);
    const { assignment, token } = await world.lease(writer, { taken });

    expect(await world.item(writer.workId)).toMatchObject({ status: 'pending', phase: 'starting', reason: 'is offered to the agent a' });
    const attempt = {
      writer,
      taken,
      token,
      grant: { grantId: randomUUID(), fence: 1, choice: { kind: 'start' as const, targetId: '' } },
      runToken: assignment.runToken,
    };
    await world.ledger.leases.takeReport(report(attempt, { kind: 'claimed', seq: 1 }));
    expect(await world.item(writer.workId)).toMatchObject({ status: 'in-progress', assignedTo: 'a' });
    expect(await world.ledger.leases.takeReport(completed(attempt))).toMatchObject({ kind: 'completed', aftermath: { settledAgent: { guid: 'a' } } });
    expect(await world.events(writer.workId)).toEqual(['work:submitted', 'work:queued', 'work:granted', 'work:assigned', 'work:started', 'work:completed']);
  });

  test.each<[string, object]>([
    ['has another capability', { capabilities: ['paint'] }],
    ['has another boundary', { metadata: { boundaries: ['personal'] } }],
    ['is of another project', { projectId: 'other' }],
    ['is private', { visibility: 'private' }],
    ['is for another user alone', { visibility: 'user-only', username: 'lee' }],
    ['is for one user alone and does not say for whom', { visibility: 'user-only' }],
    ['is for the user alone, of another project, and speaks of nothing but its own', { visibility: 'user-only', username: 'kim', projectId: 'other' }],
    ['is offline', { status: 'offline' }],
    ['has all the tasks that it takes', { currentTaskCount: 1 }],
    ['calls itself busy', { status: 'busy' }],
    ['takes no tasks', { maxConcurrentTasks: 0 }],
  ])('is given nothing when it %s', async (_what, entry) => {
    await register('a', entry);
    await world.queue();

    expect(await grantAll()).toEqual([]);
  });

  test.each<[string, object]>([
    ['is for the user alone', { visibility: 'user-only', username: 'kim' }],
    ['is for the user alone, in the words of Warp, wherever it is', { scope: 'personal', username: 'kim', projectId: 'other', protocol: undefined }],
    ['is public, wherever it is', { visibility: 'public', projectId: 'other', protocol: undefined }],
  ])('is given work when it %s, and a new item expects it', async (_what, entry) => {
    await register('a', entry);
    const item = await world.submit();
    const needs = { capability: 'build', boundary: 'open-source', agentTypes: ['claude-code' as const] };

    expect(await world.ledger.routing.foresee(item, needs)).toMatchObject({ prospect: 'agent' });
    expect(await grantAll()).toEqual(['a']);
  });

  test('is given work as soon as it names the user', async () => {
    await register('a', { visibility: 'user-only', username: 'lee' });
    await world.queue();
    expect(await grantAll()).toEqual([]);

    await register('a', { visibility: 'user-only', username: 'kim' });

    expect(await grantAll()).toEqual(['a']);
  });

  test('is given work as soon as its entry says that it can do it', async () => {
    await register('a', { capabilities: ['paint'] });
    await world.queue();
    expect(await grantAll()).toEqual([]);

    await register('a', { capabilities: ['paint', 'build'] });

    expect(await grantAll()).toEqual(['a']);
  });

  test('is never given more than it does at once, however many items come in however many rounds, and others share the rest', async () => {
    await register('a', { maxConcurrentTasks: 3, currentTaskCount: 1 });
    await register('b', { maxConcurrentTasks: 2 });
    await Promise.all(Array.from({ length: 12 }, () => world.queue()));

    const rounds = await Promise.all(Array.from({ length: 4 }, grantAll));

    // The tasks that it names may be others than ours, or not: it has room for two at least.
    expect(rounds.flat().sort()).toEqual(['a', 'a', 'b', 'b']);
  });

  test('is preferred to one that is busier', async () => {
    await register('a', { maxConcurrentTasks: 4, currentTaskCount: 2 });
    await register('b', { maxConcurrentTasks: 4, currentTaskCount: 1 });
    await world.queue();

    expect(await grantAll()).toEqual(['b']);
  });

  test('is left alone for a while when it did not take what it was offered', async () => {
    await register('a');
    const writer = await world.queue();
    const { taken } = await world.start(writer);
    await world.lease(writer, { taken });

    await refuseOffer(writer, taken.fence);

    expect(await grantAll()).toEqual([]);
    await world.query(`update agents set resting_until = now()`);
    await world.query(`update slots set may_work = false`);
    expect(await grantAll()).toEqual(['a']);
  });

  test('loses its offer when it leaves before the item has taken the slot', async () => {
    await register('a');
    const writer = await world.queue();
    const grant = await world.grantTo(writer);
    await register('a', { gone: true });

    expect(await world.take(writer, grant)).toMatchObject({ kind: 'refused', reason: 'the agent is no longer there' });
  });
});

describe('the next attempt', () => {
  test('waits until the agent has said that it is at rest, for nobody can end it', async () => {
    await register('a', { maxConcurrentTasks: 5 });
    const attempt = await working();
    const { workId } = attempt.writer;

    expect(await failAttempt(attempt)).toMatchObject({
      stopForeign: { guid: 'a', projectId: 'default', protocol: 'weft', workId, fence: 1 },
      stopSession: null,
    });
    expect(await grantAll()).toEqual([]);
    expect((await world.item(workId)).reason).toContain('waits until the agent of the last attempt');
    expect(await world.ledger.foreign.listToStop({ notSinceMs: 60_000, limit: 9 })).toEqual([]);
    expect(await world.ledger.foreign.listToStop({ notSinceMs: 0, limit: 9 })).toMatchObject([{ guid: 'a', workId, fence: 1 }]);
    await world.ledger.foreign.recordAtRest({ guid: 'a', workId, fence: 1 });
    expect(await grantAll()).toEqual(['a']);
  });

  test('waits for a late report of the old fence, which is refused', async () => {
    await register('a', { maxConcurrentTasks: 5 });
    const attempt = await working();
    await failAttempt(attempt);

    expect(await world.ledger.leases.takeReport(failed(attempt))).toEqual({ kind: 'stale', nowAtRest: true });
    expect(await world.ledger.leases.takeReport(failed(attempt))).toEqual({ kind: 'stale' });
    expect(await grantAll()).toEqual(['a']);
    expect(await world.events(attempt.writer.workId)).toContain('work:report-refused');
  });

  test('goes elsewhere once the agent is gone, and does not wait for it again when it comes back', async () => {
    await register('a');
    const attempt = await working();
    await failAttempt(attempt);
    await register('b');
    expect(await grantAll()).toEqual([]);

    await register('a', { gone: true });
    await register('a', { currentTaskCount: 1 });

    expect(await grantAll()).toEqual(['b']);
  });

  test('waits for nobody when the item allows overlap, or when the agent itself has reported the end', async () => {
    await register('a', { maxConcurrentTasks: 5 });
    const overlapping = await working({
      limits: { attemptsMax: 3, attemptTimeoutMs: 60_000, idleTimeoutMs: 60_000, totalTimeoutMs: 600_000, overlapAllowed: true },
    });
    await failAttempt(overlapping);
    expect(await grantAll()).toEqual(['a']);

    const reported = await working();
    await world.ledger.leases.takeReport(failed(reported));
    expect(await failAttempt(reported)).toMatchObject({ stopForeign: null, settledAgent: { guid: 'a' } });
    expect(await grantAll()).toEqual(['a']);
  });
});

test('another agent that answers for the item is refused', async () => {
  await register('a');
  const attempt = await working();

  const verdict = await world.ledger.leases.takeReport({ ...completed(attempt), guid: 'b' });

  expect(verdict.kind).toBe('rejected');
});

test('the leases of agents that are gone are told, but not those whose report waits, nor those of agents that live', async () => {
  await register('a', { maxConcurrentTasks: 5 });
  const [claimed, parked] = [await working(), await working()];
  const offered = await world.queue();
  const { taken } = await world.start(offered);
  await world.lease(offered, { taken });
  await world.ledger.leases.takeReport(completed(parked));
  await world.ledger.leases.parkReport(completed(parked), { awaitNo: 1 });
  expect(await world.ledger.foreign.listDeserted(9)).toEqual([]);

  await register('a', { gone: true });

  const deserted = await world.ledger.foreign.listDeserted(9);
  expect(deserted.map(({ workId, untouched }) => [workId, untouched]).sort()).toEqual(
    [
      [claimed.writer.workId, false],
      [offered.workId, true],
    ].sort(),
  );
});

test('a cancel tells the agent to stop', async () => {
  await register('a');
  const { writer } = await working();

  const aftermath = await world.ledger.transitions.settle(writer, { fence: 1, outcome: { kind: 'cancelled', reason: 'enough' } });

  expect(aftermath).toMatchObject({ stopForeign: { guid: 'a', workId: writer.workId, fence: 1 }, stopSession: null });
});

test('a new item expects an agent of the type that it prefers before one of another', async () => {
  await register('a', { agentType: 'copilot-cli' });
  await register('b');
  const item = await world.submit();
  const needs = { capability: 'build', boundary: 'open-source', agentTypes: ['claude-code', 'copilot-cli'] as const };

  expect(await world.ledger.routing.foresee(item, needs)).toEqual({ prospect: 'agent', agentType: 'claude-code' });
  expect(await world.ledger.routing.foresee(item, { ...needs, agentTypes: ['copilot-cli', 'claude-code'] })).toEqual({
    prospect: 'agent',
    agentType: 'copilot-cli',
  });
});

test('a new item expects the agent, and behind one that takes it waits', async () => {
  await register('a');
  const item = await world.submit();
  const needs = { capability: 'build', boundary: 'open-source', agentTypes: ['claude-code' as const] };

  expect(await world.ledger.routing.foresee(item, needs)).toEqual({ prospect: 'agent', agentType: 'claude-code' });
  await world.query(`update agents set task_count = 1`);
  expect(await world.ledger.routing.foresee(item, needs)).toEqual({ prospect: 'full', isNext: true });
});
