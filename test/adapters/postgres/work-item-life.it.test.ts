import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { completed, failed, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.registerTarget({ limits: { agentsMax: 50 } });
});
afterAll(() => world.close());

test('an item goes from submit to completed, and its events tell so', async () => {
  const attempt = await world.work();
  const { workId } = attempt.writer;

  const verdict = await world.ledger.leases.takeReport(completed(attempt));
  const aftermath = await world.ledger.transitions.settle(attempt.writer, {
    fence: attempt.taken.fence,
    outcome: { kind: 'completed', result: { summary: 'done', completedAt: new Date().toISOString() } },
  });

  expect(verdict).toMatchObject({ kind: 'final', lease: { agentGuid: attempt.taken.agentGuid } });
  expect(aftermath).toMatchObject({ stopSession: null, settledAgent: { guid: attempt.taken.agentGuid, fence: 1 } });
  expect(await world.item(workId)).toMatchObject({ phase: 'completed', status: 'completed', attempts: 1, fence: 1, result: { summary: 'done' } });
  expect(await world.events(workId)).toEqual(['work:submitted', 'work:queued', 'work:granted', 'work:assigned', 'work:started', 'work:completed']);
  expect(await world.sessionState(attempt.taken.agentGuid)).toBe('free');
});
