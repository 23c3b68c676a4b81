import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AUTHOR } from '../../support/author.ts';
import { foreignSighting } from './foreign-sighting.ts';
import { completed, failed, openWorld, report } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(() => world.registerTarget());
afterEach(() => world.clear());
afterAll(() => world.close());

describe('a report', () => {
  test('of a completion settles the item, and says so every time', async () => {
    const attempt = await world.work();

    const first = await world.ledger.leases.takeReport(completed(attempt));
    await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: { kind: 'completed', result: { completedAt: new Date().toISOString() } } });

    expect(first).toMatchObject({ kind: 'completed', taskToken: attempt.token });
    expect(await world.ledger.leases.takeReport(completed(attempt))).toEqual(first);
    expect(await world.item(attempt.writer.workId)).toMatchObject({ status: 'completed', result: { summary: 'done' } });
    expect(await world.sessionState(attempt.taken.agentGuid)).toBe('free');
  });

  test('that comes after the one of a completion counts for nothing', async () => {
    const attempt = await world.work();
    await world.ledger.leases.takeReport(completed(attempt));

    const late = [report<'progress'>(attempt, { kind: 'progress', seq: 2, progress: 10 }), report(attempt, { kind: 'claimed', seq: 1 }), failed(attempt)];

    for (const one of late) expect(await world.ledger.leases.takeReport(one)).toEqual({ kind: 'settled' });
    expect(await world.item(attempt.writer.workId)).toMatchObject({ status: 'completed', result: { summary: 'done' } });
  });

  test('of a completion of what is to be cancelled is left to the workflow', async () => {
    const attempt = await world.work();
    await world.ledger.work.requestCancel(attempt.writer.workId, 'no', AUTHOR);

    expect(await world.ledger.leases.takeReport(completed(attempt))).toMatchObject({ kind: 'final', lease: { taskToken: attempt.token } });
    expect(await world.item(attempt.writer.workId)).toMatchObject({ phase: 'working' });
  });

  test('of another agent that was offered the item before says nothing of how it ended', async () => {
    await world.ledger.agents.recordSightings([foreignSighting('a', {})]);
    const attempt = await world.attempt(await world.queue());
    await world.ledger.leases.takeReport(completed(attempt));
    await world.query(`update events set reply = jsonb_set(reply, '{settledAgent,guid}', '"another"') where type = 'work:completed'`);

    expect(await world.ledger.leases.takeReport(completed(attempt))).toEqual({ kind: 'settled' });
  });
});
