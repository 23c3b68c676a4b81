import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { LeaseBeatKeeper } from '../../bridge/lease-beats.ts';
import type { Heartbeat } from '../../src/domain/agents/report.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { AgedLease } from '../../src/ports/ledger/lease-ledger.ts';
import { RecordingEngine } from './recording-engine.ts';

const WORK = '7f1d4f1e-64a0-4c39-a3f4-6d6d2f0c9a01';
// A heartbeat in 3 s at most.
const IDLE_TIMEOUT_MS = 30_000;

let engine: RecordingEngine;
let lookUps: number;
let lease: AgedLease | null;
let ledgerAway: boolean;
let beats: LeaseBeatKeeper;

beforeEach(() => {
  jest.useFakeTimers();
  [engine, lookUps, lease, ledgerAway] = [new RecordingEngine(), 0, leaseOf('token-1'), false];
  const leases = {
    findLease: () => {
      lookUps += 1;
      return ledgerAway ? Promise.reject(new WeftError('LEDGER_UNAVAILABLE', 'away')) : Promise.resolve(lease);
    },
  };
  beats = new LeaseBeatKeeper({ leases, engine, nowMs: () => performance.now() });
});

afterEach(() => {
  beats.close();
  jest.useRealTimers();
});

// Written long ago, as far as nobody says otherwise.
function leaseOf(token: string, part: Partial<AgedLease> = {}): AgedLease {
  const common = { workId: WORK, projectId: 'p', fence: 1, awaitNo: 1, agentGuid: 'agent', idleTimeoutMs: IDLE_TIMEOUT_MS, questionId: null, ageMs: 60_000 };
  return { ...common, taskToken: Buffer.from(token), ...part };
}

function beat(part: Partial<Heartbeat> = {}): Promise<void> {
  return beats.heartbeat({ guid: 'agent', projectId: 'p', state: 'working', workId: WORK, fence: 1, idleForMs: 0, ...part });
}

function pass(ms: number): Promise<void> {
  return jest.advanceTimersByTimeAsync(ms);
}

test('an active harness is told at once, and of a burst also the last time', async () => {
  await beat();
  for (let count = 0; count < 10; count++) {
    await pass(100);
    await beat();
  }
  expect(engine.heartbeats).toHaveLength(1);

  await pass(10_000);

  expect(engine.heartbeats).toEqual(['token-1', 'token-1']);
});

test('a runner that merely beats tells nothing', async () => {
  await beat();
  for (let idleForMs = 5000; idleForMs <= 60_000; idleForMs += 5000) {
    await pass(5000);
    await beat({ idleForMs });
  }

  expect(engine.heartbeats).toHaveLength(1);
});

test('a runner that merely beats keeps an await alive that has no idle clock, because its harness waits for an answer', async () => {
  lease = leaseOf('token-1', { questionId: '1-2' });
  for (let idleForMs = 5000; idleForMs <= 60_000; idleForMs += 5000) {
    await beat({ idleForMs });
    await pass(5000);
  }

  expect(engine.heartbeats.length).toBeGreaterThan(5);
});

test('a bridge that has just started does not restart the clock of a harness that has been silent', async () => {
  await beat({ idleForMs: 20_000 });

  await pass(20_000);

  expect(engine.heartbeats).toEqual([]);
});

test.each([
  { why: 'a free agent', part: { state: 'free' as const } },
  { why: 'an agent that has finished', part: { state: 'finished-unsettled' as const } },
  { why: 'an agent without assignment', part: { workId: undefined as unknown as string } },
])('$why is not active', async ({ part }) => {
  await beat(part);

  expect(engine.heartbeats).toEqual([]);
  expect(lookUps).toBe(0);
});

test.each([
  { why: 'another agent', part: { guid: 'other' } },
  { why: 'an agent of another project', part: { projectId: 'other' } },
])('$why does not keep the item alive', async ({ part }) => {
  await beat(part);

  expect(engine.heartbeats).toEqual([]);
});

test('the ledger is read once, however many heartbeats come', async () => {
  for (let count = 0; count < 100; count++) {
    await beat();
    await pass(1000);
  }

  expect(lookUps).toBe(1);
  expect(engine.heartbeats.length).toBeGreaterThan(30);
});

describe('when nobody awaits the agent', () => {
  test('the ledger is asked again only every two seconds', async () => {
    lease = null;
    for (let count = 0; count < 40; count++) {
      await beat();
      await pass(100);
    }

    expect(lookUps).toBe(2);
  });

  test('the next await of the same fence is found', async () => {
    await beat();
    engine.gone.add('token-1');
    lease = leaseOf('token-2', { awaitNo: 2 });
    await pass(3000);
    await beat();
    await pass(100);
    await beat();

    await pass(10_000);

    expect(engine.heartbeats).toEqual(['token-1', 'token-2']);
    expect(lookUps).toBe(2);
  });
});

test('a newer fence replaces the older one, which is not listened to any more', async () => {
  await beat();
  lease = leaseOf('token-2', { fence: 2 });
  await beat({ fence: 2 });
  await pass(10_000);
  await beat({ fence: 1 });
  await pass(10_000);

  expect(engine.heartbeats).toEqual(['token-1', 'token-2']);
});

test('a report is activity, and brings its lease along', async () => {
  await beats.report(leaseOf('token-9'));
  await pass(10_000);
  await beat();

  expect(engine.heartbeats).toEqual(['token-9', 'token-9']);
  expect(lookUps).toBe(0);
});

describe('a lease that was written just now', () => {
  test('is told of activity a moment later, because its clock has only begun', async () => {
    await beats.report(leaseOf('token-1', { ageMs: 100 }));
    await pass(700);
    expect(engine.heartbeats).toEqual([]);

    await pass(50);

    expect(engine.heartbeats).toEqual(['token-1']);
  });

  test('counts the same when it is looked up for a heartbeat', async () => {
    lease = leaseOf('token-1', { ageMs: 100 });
    await beat();
    await pass(700);
    expect(engine.heartbeats).toEqual([]);

    await pass(50);

    expect(engine.heartbeats).toEqual(['token-1']);
  });

  test('is told of activity sooner when its idle limit is short', async () => {
    await beats.report(leaseOf('token-1', { ageMs: 100, idleTimeoutMs: 1000 }));

    await pass(250);

    expect(engine.heartbeats).toEqual(['token-1']);
  });

  test('costs no heartbeat when the agent has reported the end before one is due', async () => {
    await beats.report(leaseOf('token-1', { ageMs: 100 }));
    await pass(50);

    beats.ended(WORK, 1);
    await pass(60_000);

    expect(engine.heartbeats).toEqual([]);
  });
});

test('a heartbeat that could not be sent is sent when the engine is back', async () => {
  engine.away = true;
  await expect(beat()).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  await pass(10_000);
  expect(engine.heartbeats).toEqual([]);

  engine.away = false;
  await pass(2000);

  expect(engine.heartbeats).toEqual(['token-1']);
});

test('a ledger that is away is asked again by a later heartbeat', async () => {
  ledgerAway = true;
  await expect(beat()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  ledgerAway = false;
  await pass(2000);

  await beat();

  expect(engine.heartbeats).toEqual(['token-1']);
});

test('after the end nothing is sent', async () => {
  await beat();
  await pass(100);
  await beat();

  beats.close();
  await pass(60_000);

  expect(engine.heartbeats).toHaveLength(1);
  expect(jest.getTimerCount()).toBe(0);
});
