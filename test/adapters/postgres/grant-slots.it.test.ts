import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { LedgerRound } from '../../../src/domain/scheduling/grant.ts';
import type { Writer } from '../../../src/ports/ledger/transition-ledger.ts';
import { BOUNDS, completed, HOST, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';
import { AUTHOR } from '../../support/author.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ slotsMax: 50 });
});
afterEach(() => world.clear());
afterAll(() => world.close());

function queueMany(count: number, body = {}): Promise<Writer[]> {
  return Promise.all(Array.from({ length: count }, () => world.queue(body)));
}

/** The one grant of a round. */
function only({ grants }: LedgerRound): LedgerRound['grants'][number] {
  const [grant] = grants;
  if (grant === undefined || grants.length > 1) throw new Error(`${String(grants.length)} grants`);
  return grant;
}

async function roundsAtOnce(count: number): Promise<LedgerRound['grants']> {
  const rounds = await Promise.all(Array.from({ length: count }, () => world.grantSlots()));
  return rounds.flatMap(({ grants }) => grants);
}

describe('rounds that run at once', () => {
  test('never start more agents on a target than its limit', async () => {
    await world.registerTarget({ limits: { agentsMax: 5 } });
    await queueMany(40);

    const grants = await roundsAtOnce(6);

    expect(new Set(grants.map(({ workId }) => workId)).size).toBe(5);
    expect(await world.query("select count(*)::int as held from slots where state = 'granted'")).toEqual([{ held: 5 }]);
  });

  test('never give a project more slots than its limit', async () => {
    await world.registerTarget({ limits: { agentsMax: 100 } });
    await world.query(`update projects set policy = '{"slotsMax": 3, "boundaries": {}}' where id = 'default'`);
    await queueMany(20);

    await roundsAtOnce(6);

    expect(await world.query("select count(*)::int as held from slots where state <> 'released'")).toEqual([{ held: 3 }]);
  });

  test('stay below the limit while items take, end and come back', async () => {
    const { id } = await world.registerTarget({ limits: { agentsMax: 3 } });
    const writers = await queueMany(25);
    let heldMost = 0;
    const held = async (): Promise<number> => {
      const rows = await world.query<{ held: number }>(
        `select ((select count(*) from sessions where target_id = $1 and state <> 'gone')
          + (select count(*) from slots where target_id = $1 and kind = 'start' and state = 'granted'))::int as held`,
        [id],
      );
      return rows[0]?.held ?? 0;
    };
    const finished = new Set<string>();
    const act = async (grant: LedgerRound['grants'][number]): Promise<void> => {
      const writer = writers.find(({ workId }) => workId === grant.workId);
      if (writer === undefined) return;
      const taken = await world.take(writer, grant);
      if (taken.kind !== 'taken') return;
      await world.ledger.sessions.recordRegistered(taken.agentGuid);
      heldMost = Math.max(heldMost, await held());
      await world.ledger.transitions.settle(writer, { fence: taken.fence, outcome: { kind: 'cancelled', reason: '' } });
      finished.add(writer.workId);
    };

    for (let rounds = 0; rounds < 100 && finished.size < writers.length; rounds++) {
      await Promise.all((await roundsAtOnce(2)).map(act));
    }

    expect(finished.size).toBe(25);
    expect(heldMost).toBeLessThanOrEqual(3);
    expect(await world.query('select count(*)::int as sessions from sessions')).toEqual([{ sessions: 3 }]);
  });

  test('hand out each free agent once', async () => {
    await world.registerTarget({ limits: { agentsMax: 2 } });
    const [a, b] = [await world.work(), await world.work()];
    for (const attempt of [a, b]) {
      await world.ledger.leases.takeReport(completed(attempt));
      await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: { kind: 'cancelled', reason: '' } });
    }
    await queueMany(10);

    const grants = await roundsAtOnce(5);

    const agents = grants.map(({ choice }) => (choice.kind === 'agent' ? choice.agentGuid : 'start'));
    expect(agents.sort()).toEqual([a.taken.agentGuid, b.taken.agentGuid].sort());
  });
});

test('a fence is never used again, not even after a refusal, a failure or another run', async () => {
  await world.registerTarget();
  const writer = await world.queue();
  const fences: number[] = [];

  const first = await world.grantTo(writer);
  fences.push(first.fence);
  const taken = await world.take(writer, first);
  await world.ledger.transitions.requeue(writer, { fence: 1, failure: null, delayMs: 0, reason: 'refused', counted: false });
  if (taken.kind === 'taken') await world.ledger.sessions.recordGone(taken.agentGuid);
  fences.push((await world.grantTo(writer)).fence);
  const next = { workId: writer.workId, runId: randomUUID() };
  await world.ledger.transitions.admit(next, true);
  fences.push((await world.grantTo(next)).fence);

  expect(fences).toEqual([1, 2, 3]);
  expect(await world.item(writer.workId)).toMatchObject({ fence: 3, attempts: 0 });
});

test('a cancel that comes first is granted nothing, one that comes after the grant makes the item refuse it', async () => {
  await world.registerTarget();
  const [before, after] = [await world.queue(), await world.queue()];
  await world.ledger.work.requestCancel(before.workId, 'no', AUTHOR);
  const round = await world.grantSlots();
  await world.ledger.work.requestCancel(after.workId, 'no', AUTHOR);

  const answer = await world.take(after, only(round));

  expect(round.grants.map(({ workId }) => workId)).toEqual([after.workId]);
  expect(answer).toMatchObject({ kind: 'refused', reason: 'the item is to be cancelled' });
  expect(await world.query("select 1 from slots where state <> 'released'")).toEqual([]);
  expect((await world.grantSlots()).grants).toEqual([]);
});

test('of a cancel and a grant at once, whatever comes first, nothing is started', async () => {
  await world.registerTarget({ limits: { agentsMax: 50 } });
  const writers = await queueMany(10);

  const [round] = await Promise.all([world.grantSlots(), ...writers.map(({ workId }) => world.ledger.work.requestCancel(workId, 'no', AUTHOR))]);
  const answers = await Promise.all(
    writers.flatMap((writer) => round.grants.filter(({ workId }) => workId === writer.workId).map((grant) => world.take(writer, grant))),
  );

  expect(answers.filter(({ kind }) => kind === 'taken')).toEqual([]);
  expect(await world.query('select 1 from sessions')).toEqual([]);
});

test('nobody gets what is forbidden to his boundary, his project or his capability', async () => {
  await world.registerTarget({ boundaries: ['personal'], agentType: 'claude-code' });
  await world.registerTarget({ projectId: 'other', boundaries: ['corporate'] });
  const corporate = await world.queue({ boundary: 'corporate' });
  const untested = await world.queue({ boundary: 'personal', capability: 'test' });

  const round = await world.grantSlots();

  expect(round.grants).toEqual([]);
  expect((await world.item(corporate.workId)).reason).toBe('no target for "build" allows the boundary "corporate"');
  expect((await world.item(untested.workId)).reason).toBe('no target has the capability "test"');
});

test('a reason is written, and told as an event, only when it changes', async () => {
  const { workId } = await world.queue();
  await world.grantSlots();
  const once = await world.events(workId);
  await world.grantSlots();
  const twice = await world.events(workId);
  await world.registerTarget({ capabilities: ['other'] });
  await world.grantSlots();

  expect(once).toEqual(['work:submitted', 'work:queued', 'work:queued']);
  expect(twice).toEqual(once);
  expect(await world.events(workId)).toHaveLength(4);
  expect((await world.item(workId)).reason).toBe('no target has the capability "build"');
});

test('a crowd that waits for a missing capability hides nobody', async () => {
  await world.registerTarget({ limits: { agentsMax: 10 } });
  await queueMany(30, { capability: 'missing', priority: 10 });
  const { workId } = await world.queue({ priority: 1 });

  const round = await world.grantSlots({ queueMax: 10 });

  expect(round.grants.map((grant) => grant.workId)).toEqual([workId]);
});

test('a round that a bound has cut asks for another, and the rounds reach everybody', async () => {
  await world.registerTarget({ limits: { agentsMax: 100 } });
  await queueMany(12);

  const granted: string[] = [];
  let rounds = 0;
  for (let more = true; more && rounds < 20; rounds++) {
    const round = await world.grantSlots({ queueMax: 4, grantsMax: 3 });
    granted.push(...round.grants.map(({ workId }) => workId));
    ({ more } = round);
  }

  expect(new Set(granted).size).toBe(12);
  expect(granted).toHaveLength(12);
});

test('a round in which nothing fits does not ask for another', async () => {
  await queueMany(12);

  expect(await world.grantSlots({ queueMax: 4 })).toMatchObject({ grants: [], more: false, lookAgainInMs: null });
});

test('an unanswered grant is told again after a while, an answered one never', async () => {
  await world.registerTarget();
  const writer = await world.queue();
  const first = await world.grantSlots();

  const soon = await world.grantSlots();
  const later = await world.grantSlots({ resendMs: 0 });
  await world.take(writer, only(first));
  const answered = await world.grantSlots({ resendMs: 0 });

  expect(first).toMatchObject({ grants: [{ workId: writer.workId }], lookAgainInMs: BOUNDS.resendMs });
  expect(soon.grants).toEqual([]);
  expect(later.grants).toEqual(first.grants);
  expect(answered).toMatchObject({ grants: [], lookAgainInMs: null });
});

test('nothing is started on a host that is not open', async () => {
  await world.registerTarget();
  const { workId } = await world.queue();
  await world.ledger.sessions.closeHost(HOST);

  const closed = await world.grantSlots();
  const reason = (await world.item(workId)).reason;
  await world.ledger.sessions.openHost(HOST);

  expect(closed.grants).toEqual([]);
  expect(reason).toBe('the host of every target for "build" is stopped');
  expect((await world.grantSlots()).grants).toHaveLength(1);
});

test('an agent that was free for too long is retired once, and told of until its session ends', async () => {
  await world.registerTarget({ limits: { agentsMax: 1, idleTimeoutMs: 1 } });
  const attempt = await world.work();
  await world.ledger.leases.takeReport(completed(attempt));
  await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: { kind: 'cancelled', reason: '' } });
  const { agentGuid } = attempt.taken;

  const rounds = [await world.grantSlots(), await world.grantSlots()];
  const waiting = await world.queue();
  const draining = await world.grantSlots();
  await world.ledger.sessions.recordEnding(agentGuid, { cause: 'stopped', message: 'idle' });
  const ended = await world.grantSlots();
  await world.ledger.sessions.recordGone(agentGuid);
  const gone = await world.grantSlots();

  expect(rounds.map(({ retire }) => retire)).toContainEqual([{ agentGuid, reason: 'idle' }]);
  expect(draining).toMatchObject({ grants: [], retire: [{ agentGuid, reason: 'idle' }] });
  expect(ended.retire).toEqual([]);
  expect(gone.grants.map(({ workId }) => workId)).toEqual([waiting.workId]);
});

test('a decision keeps what was chosen and what was looked at', async () => {
  const chosen = await world.registerTarget({ name: 'b' });
  await world.registerTarget({ name: 'a', capabilities: ['other'] });
  const { workId } = await world.queue();

  await world.grantSlots();

  const [row] = await world.query<{ chosen: object; candidates: { rule: string }[]; candidates_total: number }>('select * from decisions where work_id = $1', [
    workId,
  ]);
  expect(row?.chosen).toEqual({ kind: 'start', targetId: chosen.id });
  expect(row?.candidates.map(({ rule }) => rule).sort()).toEqual(['capability', 'kept']);
  expect(row?.candidates_total).toBe(2);
});

test('an item whose row is busy is passed over without waiting, and looked at again soon', async () => {
  await world.registerTarget();
  const { workId } = await world.queue();
  const [other] = await Promise.all([world.queue()]);

  const round = await world.whileLocked(workId, () => world.grantSlots());

  expect(round.grants.map((grant) => grant.workId)).toEqual([other.workId]);
  expect(round.lookAgainInMs).toBeLessThanOrEqual(100);
  expect((await world.grantSlots()).grants.map((grant) => grant.workId)).toEqual([workId]);
});
