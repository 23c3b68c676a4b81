import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createSupervisionBeats } from '../../bridge/supervision-beats.ts';
import type { SupervisionBeats } from '../../bridge/supervision-beats.ts';
import { RecordingEngine } from './recording-engine.ts';

// At most a heartbeat a second.
const LOST_TIMEOUT_MS = 8000;

let engine: RecordingEngine;
let lookUps: number;
let registered: string[];
/** Who has ended with an error, and what had been completed by then. */
let failed: [guid: string, ended: readonly string[]][];
let token: string | null;
let beats: SupervisionBeats;

beforeEach(() => {
  jest.useFakeTimers();
  [engine, lookUps, registered, failed, token] = [new RecordingEngine(), 0, [], [], 'token-1'];
  beats = createSupervisionBeats({
    sessions: {
      findSupervision: async (guid) => {
        lookUps += 1;
        return token === null ? null : { guid, taskToken: Buffer.from(token) };
      },
      recordRegistered: async (guid) => {
        registered.push(guid);
        return { targetRecovered: guid === 'the-first-after-many' };
      },
      recordFailedExit: async (guid) => {
        failed.push([guid, [...engine.ended]]);
      },
    },
    engine,
    lostTimeoutMs: LOST_TIMEOUT_MS,
    nowMs: () => performance.now(),
  });
});

afterEach(() => {
  jest.useRealTimers();
});

function pass(ms: number): Promise<void> {
  return jest.advanceTimersByTimeAsync(ms);
}

test('each of the runner’s own beats is forwarded, those in between are not', async () => {
  for (let count = 0; count < 8; count++) {
    await beats.beat('agent');
    await pass(100);
    await beats.beat('agent');
    await pass(1900);
  }

  expect(engine.heartbeats).toHaveLength(8);
  expect(lookUps).toBe(1);
});

test('the first beat registers the agent, once', async () => {
  await beats.beat('agent');
  await pass(2000);
  await beats.beat('agent');

  expect(registered).toEqual(['agent']);
  expect(engine.wakes).toBe(0);
});

test('an agent whose start shows that its target is well again lets those go on who wait for it', async () => {
  await beats.beat('the-first-after-many');

  expect(engine.wakes).toBe(1);
});

test('an agent that nobody supervises is looked up after two seconds, and then less and less often', async () => {
  token = null;
  const lookedUpAfterS: number[] = [];
  for (let second = 0; second < 64; second++) {
    const before = lookUps;
    for (let count = 0; count < 10; count++) {
      await beats.beat('stranger');
      await pass(100);
    }
    if (lookUps > before) lookedUpAfterS.push(second);
  }
  expect(lookedUpAfterS).toEqual([0, 2, 6, 14, 30, 46, 62]);
  expect(registered).toEqual([]);

  token = 'token-1';
  await pass(16_000);
  await beats.beat('stranger');

  expect(engine.heartbeats).toEqual(['token-1']);
  expect(registered).toEqual(['stranger']);
});

test('one whose supervision was replaced is looked up every two seconds', async () => {
  await beats.beat('agent');
  engine.gone.add('token-1');
  token = null;
  await pass(2000);
  for (let count = 0; count < 40; count++) {
    await beats.beat('agent');
    await pass(200);
  }
  token = 'token-2';
  await pass(2000);
  await beats.beat('agent');

  expect(lookUps).toBeGreaterThanOrEqual(5);
  expect(engine.heartbeats.at(-1)).toBe('token-2');
});

test('one that was found late and says that it leaves is looked up every two seconds, too', async () => {
  token = null;
  for (let second = 0; second < 32; second++) {
    await beats.beat('late');
    await pass(1000);
  }
  token = 'token-1';
  await pass(16_000);
  await beats.beat('late');
  engine.gone.add('token-1');
  await beats.leave('late', false);
  token = 'token-2';
  await pass(2000);
  await beats.leave('late', false);

  expect(engine.ended).toEqual(['token-2']);
});

test('an agent that says that it leaves is registered, and its supervision is completed, however often it says so', async () => {
  for (let count = 0; count < 10; count++) {
    await beats.leave('agent', false);
    await pass(500);
  }

  expect(registered).toEqual(['agent']);
  expect(engine.ended).toEqual(['token-1']);
  expect(lookUps).toBeLessThanOrEqual(4);
});

test('that an agent ended with an error is written down before its supervision is completed', async () => {
  await beats.leave('agent', true);

  expect(failed).toEqual([['agent', []]]);
  expect(engine.ended).toEqual(['token-1']);
});

test('a leaving agent whose supervision was replaced ends the new one', async () => {
  engine.gone.add('token-1');
  await beats.leave('agent', false);
  token = 'token-2';
  await pass(2000);
  await beats.leave('agent', false);

  expect(engine.ended).toEqual(['token-2']);
});

test('a supervision that cannot be completed now is completed when the agent says it again', async () => {
  engine.away = true;
  await expect(beats.leave('agent', false)).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  engine.away = false;
  await beats.leave('agent', false);

  expect(engine.ended).toEqual(['token-1']);
});

test('beats that come at the same time ask the ledger once', async () => {
  await Promise.all([beats.beat('agent'), beats.beat('agent'), beats.beat('agent')]);

  expect(lookUps).toBe(1);
  expect(engine.heartbeats).toEqual(['token-1']);
});

test('a supervision that is gone is looked up again, and the next one is beaten', async () => {
  await beats.beat('agent');
  engine.gone.add('token-1');
  await pass(1000);
  await beats.beat('agent');
  expect(lookUps).toBe(1);

  token = 'token-2';
  await pass(1000);
  await beats.beat('agent');

  expect(lookUps).toBe(2);
  expect(engine.heartbeats).toEqual(['token-1', 'token-2']);
  expect(registered).toEqual(['agent']);
});

test('a beat that could not be sent leaves the next one free to go at once', async () => {
  engine.away = true;
  await expect(beats.beat('agent')).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  engine.away = false;

  await beats.beat('agent');

  expect(engine.heartbeats).toEqual(['token-1']);
});
