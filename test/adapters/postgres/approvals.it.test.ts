import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ApprovalPolicy } from '../../../src/domain/policy/approval-policy.ts';
import type { Writer } from '../../../src/ports/ledger/transition-ledger.ts';
import { AUTHOR } from '../../support/author.ts';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

const KIM = { name: 'token:kim:1', requestId: 'r-2' };

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

async function demand(approval: object | null): Promise<void> {
  const project = await world.ledger.projects.find('default');
  const policy = approval === null ? {} : { approval: ApprovalPolicy.parse(approval) };
  await world.ledger.projects.update({ projectId: 'default', update: { version: project?.version ?? 0, policy }, mayChangeQuota: true }, AUTHOR);
}

/** Waits for a person, after one round. */
async function waiting(approval: object = { boundaries: ['open-source'] }): Promise<Writer> {
  const writer = await world.queue();
  await demand(approval);
  await world.registerTarget({ limits: { agentsMax: 100 } });
  await world.grantSlots();
  return writer;
}

function decide({ workId }: Writer, verdict: 'approved' | 'rejected', said: { author?: typeof KIM; reason?: string } = {}) {
  return world.ledger.work.decideApproval(workId, { verdict, author: KIM, namesCount: true, ...said });
}

async function passTime({ workId }: Writer): Promise<void> {
  await world.query(`update queue set approval_expires_at = now() - interval '1 second' where work_id = $1`, [workId]);
}

async function granted(): Promise<readonly string[]> {
  return (await world.grantSlots()).grants.map(({ workId }) => workId);
}

describe('an item that a person must approve', () => {
  test('waits with that reason, holds no slot, and is asked about once', async () => {
    const writer = await waiting();

    expect(await granted()).toEqual([]);

    expect(await world.item(writer.workId)).toMatchObject({
      phase: 'waiting',
      reason: 'waits for approval',
      approval: { state: 'pending', onExpiry: 'reject' },
    });
    expect((await world.events(writer.workId)).filter((type) => type === 'work:approval-requested')).toHaveLength(1);
    expect(await world.query(`select count(*)::int as n from slots`)).toEqual([{ n: 0 }]);
    const position = { limit: 10, from: null };
    expect((await world.ledger.work.list({ projectId: 'default', waitsFor: 'person' }, position)).items.map(({ id }) => id)).toEqual([writer.workId]);
  });

  test('is granted after it was approved, and only then', async () => {
    const writer = await waiting();

    expect(await decide(writer, 'approved')).toEqual({ kind: 'decided' });

    expect(await granted()).toEqual([writer.workId]);
    expect(await world.item(writer.workId)).toMatchObject({ approval: { state: 'approved', decidedBy: KIM.name } });
    expect(await world.query(`select actor from audit where action = 'work.approve'`)).toEqual([{ actor: KIM.name }]);
  });

  test('stays approved for its next attempt, and is asked about again when it is driven again', async () => {
    const writer = await waiting();
    await decide(writer, 'approved');
    const { taken } = await world.start(writer);
    const failure = { kind: 'failed', failureClass: 'recoverable', message: 'x', reportedByAgent: true } as const;
    await world.ledger.transitions.requeue(writer, { fence: taken.fence, failure, delayMs: 0, reason: 'x', counted: true });
    await world.query(`update sessions set state = 'gone' where work_id = $1`, [writer.workId]);
    const grant = await world.grantTo(writer);
    await world.take(writer, grant);
    const outcome = { kind: 'dead-lettered', reason: 'x', failureClass: 'fatal' } as const;
    await world.ledger.transitions.settle(writer, { fence: grant.fence, outcome });
    await world.query(`update sessions set state = 'gone' where work_id = $1`, [writer.workId]);

    await world.ledger.work.retry(writer.workId, { author: AUTHOR });
    await world.ledger.transitions.admit({ workId: writer.workId, runId: 'second' }, false);

    expect(await granted()).toEqual([]);
    expect(await world.item(writer.workId)).toMatchObject({ approval: { state: 'pending' } });
  });

  test('is approved by nobody who has submitted it, where names count', async () => {
    const writer = await waiting();
    const own = { verdict: 'approved', author: AUTHOR } as const;

    expect(await world.ledger.work.decideApproval(writer.workId, { ...own, namesCount: true })).toEqual({ kind: 'own-item' });
    expect(await world.ledger.work.decideApproval(writer.workId, { ...own, namesCount: false })).toEqual({ kind: 'decided' });
  });

  test('is decided about once: the same by the same joins, anything else is too late', async () => {
    const writer = await waiting();
    await decide(writer, 'approved');

    expect(await decide(writer, 'approved')).toEqual({ kind: 'joined' });
    expect(await decide(writer, 'approved', { author: { ...KIM, name: 'token:lee:2' } })).toEqual({ kind: 'closed', state: 'approved' });
    expect(await decide(writer, 'rejected')).toEqual({ kind: 'closed', state: 'approved' });
    expect((await world.events(writer.workId)).filter((type) => type === 'work:approved')).toHaveLength(1);
  });

  test('that is approved and rejected at the same moment is one of the two', async () => {
    const writer = await waiting();

    const results = await Promise.all([decide(writer, 'approved'), decide(writer, 'rejected')]);

    expect(results.map(({ kind }) => kind).sort()).toEqual(['closed', 'decided']);
    const events = await world.events(writer.workId);
    expect(events.filter((type) => type === 'work:approved' || type === 'work:rejected')).toHaveLength(1);
    expect(await granted()).toEqual(events.includes('work:approved') ? [writer.workId] : []);
  });

  test('that is rejected is never granted, by whatever run, and the reconciler knows why', async () => {
    const writer = await waiting();

    await decide(writer, 'rejected', { reason: 'too dear' });

    expect(await granted()).toEqual([]);
    const again = await world.ledger.transitions.admit({ workId: writer.workId, runId: 'reset' }, true);
    expect(again.result).toEqual({ kind: 'forbidden', reason: `rejected by ${KIM.name}: too dear`, failureClass: 'rejected' });
    expect(await world.ledger.reconcile.listItems({ olderThanMs: -1000, after: null, limit: 10 })).toMatchObject([
      { rejection: `rejected by ${KIM.name}: too dear` },
    ]);
  });

  test('hides no item behind it that needs none, and none that is approved', async () => {
    const crowd = await Promise.all(Array.from({ length: 4 }, () => world.queue({ priority: 9 })));
    await demand({ all: true });
    await world.registerTarget({ limits: { agentsMax: 100 } });
    await world.grantSlots({ queueMax: 2 });
    await world.grantSlots({ queueMax: 2 });
    const last = crowd.at(-1);
    if (last === undefined) throw new Error('no crowd');

    for (const { workId } of crowd) expect((await world.item(workId)).approval).toMatchObject({ state: 'pending' });
    await decide(last, 'approved');

    expect((await world.grantSlots({ queueMax: 2 })).grants.map(({ workId }) => workId)).toEqual([last.workId]);
  });
});

describe('an approval for which nobody decides in time', () => {
  test('is a rejection, recorded, and takes no decision any more', async () => {
    const writer = await waiting();
    await passTime(writer);

    expect(await decide(writer, 'approved')).toEqual({ kind: 'closed', state: 'expired' });
    const { grants, rejected } = await world.grantSlots();

    expect(grants).toEqual([]);
    expect(rejected).toEqual([{ workId: writer.workId, reason: 'rejected because nobody approved it in time' }]);
    expect(await world.item(writer.workId)).toMatchObject({ approval: { state: 'rejected' }, reason: 'rejected because nobody approved it in time' });
    expect((await world.events(writer.workId)).at(-1)).toBe('work:approval-expired');
    expect(await decide(writer, 'approved')).toEqual({ kind: 'closed', state: 'rejected' });
  });

  test('lets the item proceed where the policy says so, and says why', async () => {
    const writer = await waiting({ all: true, onExpiry: 'proceed' });
    await passTime(writer);

    expect(await granted()).toEqual([writer.workId]);

    const [expired] = await world.query<{ data: object }>(`select data from events where type = 'work:approval-expired'`);
    expect(expired?.data).toMatchObject({ onExpiry: 'proceed', message: 'proceeds because nobody answered' });
    expect(await world.item(writer.workId)).toMatchObject({ approval: { state: 'proceeded' } });
  });

  test('is looked at in time', async () => {
    const writer = await world.queue();
    await demand({ all: true, expiresAfterMs: 30_000 });
    await world.registerTarget();
    await world.grantSlots();

    const { lookAgainInMs } = await world.grantSlots();

    expect(lookAgainInMs).toBeLessThanOrEqual(30_000);
    expect(await world.item(writer.workId)).toMatchObject({ approval: { state: 'pending' } });
  });
});

describe('the policy as it is at the moment of granting', () => {
  test('holds also for an item that waited before it was tightened', async () => {
    const writer = await world.queue();
    await world.grantSlots();
    await demand({ boundaries: ['open-source'] });
    await world.registerTarget();

    expect(await granted()).toEqual([]);
    expect(await world.item(writer.workId)).toMatchObject({ reason: 'waits for approval' });
  });

  test('holds also for a slot that was granted and is not yet taken', async () => {
    const writer = await world.queue();
    await world.registerTarget();
    const grant = await world.grantTo(writer);
    await demand({ all: true });

    expect(await world.take(writer, grant)).toEqual({ kind: 'refused', reason: 'it needs an approval by now' });
    expect(await granted()).toEqual([]);
  });

  test('lets an item go that was asked about and needs nobody any more', async () => {
    const writer = await waiting();
    await demand(null);

    expect(await granted()).toEqual([writer.workId]);
    expect(await world.item(writer.workId)).not.toHaveProperty('approval');
  });

  test('does not reject an item that needs nobody any more', async () => {
    const writer = await waiting();
    await demand(null);
    await passTime(writer);

    expect(await granted()).toEqual([writer.workId]);
  });

  test('closes only the targets that it names', async () => {
    const writer = await world.queue();
    const dear = await world.registerTarget();
    await demand({ targets: [dear.name] });

    expect(await granted()).toEqual([]);
    expect(await world.item(writer.workId)).toMatchObject({ approval: { state: 'pending' } });

    const open = await world.registerTarget();

    expect((await world.grantSlots()).grants).toMatchObject([{ workId: writer.workId, choice: { targetId: open.id } }]);
    expect(await decide(writer, 'approved')).toEqual({ kind: 'closed', state: 'not-asked' });
  });
});
