import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.ts';
import { scriptWork } from '../../support/scripted-activities.ts';
import { newItem } from './work-item.ts';
import { openEngine } from './open-engine.ts';
import type { OpenEngine } from './open-engine.ts';

const AN_HOUR_MS = 3_600_000;

let harness: OpenEngine['harness'];
let engine: OpenEngine['engine'];
let close: OpenEngine['close'];

beforeAll(async () => {
  ({ harness, engine, close } = await openEngine());
});

afterAll(() => close());

test('an await whose token nobody knows is replaced by another under the same fence, but not before its time', async () => {
  const item = newItem();
  const script = scriptWork();
  const untilAwaited = (times: number): Promise<void> =>
    eventually(() => {
      expect(script.tokens).toHaveLength(times);
    });

  const answers = await harness.withWorkers(script.activities, async () => {
    await engine.startWork(item);
    await engine.tellGrant(item.id, { grantId: randomUUID(), fence: 1, choice: { kind: 'start', targetId: randomUUID() } }, null);
    await untilAwaited(1);
    const early = await engine.awaitAnew(item.id, AN_HOUR_MS);
    const late = await engine.awaitAnew(item.id, 0);
    await untilAwaited(2);
    const [, second = Buffer.of()] = script.tokens;
    return [early, late, await engine.completeAttempt(second, { kind: 'completed', result: { completedAt: '2026-01-01T00:00:00.000Z' } })];
  });

  expect(answers).toEqual(['gone', 'done', 'done']);
  const awaits = script.calls.filter(({ name }) => name === 'awaitAgent').map(({ input }) => input);
  expect(awaits).toMatchObject([
    { fence: 1, awaitNo: 1 },
    { fence: 1, awaitNo: 2 },
  ]);
});

test('there is nothing to replace for an item that awaits no agent, or that Temporal does not know', async () => {
  const item = newItem();
  await engine.startWork(item);

  expect([await engine.awaitAnew(item.id, 0), await engine.awaitAnew(newItem().id, 0)]).toEqual(['gone', 'gone']);
});
