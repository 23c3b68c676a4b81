import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createReportTaker } from '../../bridge/take-report.ts';
import type { ReportTakerDeps } from '../../bridge/take-report.ts';
import type { AgentCommand } from '../../src/domain/agents/commands.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { LiveLease } from '../../src/ports/ledger/lease-ledger.ts';
import { completed, failed, openWorld, report } from '../adapters/postgres/open-world.ts';
import type { Attempt, World } from '../adapters/postgres/open-world.ts';
import { RecordingEngine } from './recording-engine.ts';

let world: World;
let engine: RecordingEngine;
let told: { readonly guid: string; readonly command: AgentCommand }[];
let beaten: LiveLease[];
let ended: { workId: string; fence: number }[];

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  [engine, told, beaten, ended] = [new RecordingEngine(), [], [], []];
  await world.registerTarget({ limits: { agentsMax: 100 } });
});
afterEach(() => world.clear());
afterAll(() => world.close());

function taker(part: Partial<ReportTakerDeps> = {}): ReturnType<typeof createReportTaker> {
  return createReportTaker({
    leases: world.ledger.leases,
    engine,
    beats: {
      report: async (lease) => {
        beaten.push(lease);
      },
      ended: (workId, fence) => {
        ended.push({ workId, fence });
      },
    },
    bus: {
      command: async ({ guid }, command) => {
        told.push({ guid, command });
        return { kind: 'nobody' };
      },
    },
    logger: pino({ level: 'silent' }),
    ...part,
  });
}

async function awaitAgain(attempt: Attempt, awaitNo: number): Promise<string> {
  const { token } = await world.lease(attempt.writer, { taken: attempt.taken, awaitNo });
  return Buffer.from(token).toString();
}

function settledCommand({ writer, taken }: Attempt): (typeof told)[number] {
  return { guid: taken.agentGuid, command: { name: 'settled', workId: writer.workId, fence: taken.fence } };
}

test('progress is recorded, and keeps the item alive', async () => {
  const attempt = await world.work();

  const disposal = await taker()(report<'progress'>(attempt, { kind: 'progress', seq: 2, progress: 30 }));

  expect(disposal).toBe('taken');
  expect(beaten).toMatchObject([{ workId: attempt.writer.workId, fence: attempt.taken.fence }]);
  expect(await world.item(attempt.writer.workId)).toMatchObject({ progress: 30 });
});

test('progress waits when the item could not be kept alive', async () => {
  const attempt = await world.work();
  const away = taker({ beats: { report: () => Promise.reject(new WeftError('ENGINE_UNAVAILABLE', 'away')), ended: () => undefined } });
  const progress = report<'progress'>(attempt, { kind: 'progress', seq: 2, progress: 30 });

  expect(await away(progress)).toBe('retry');
  expect(await taker()(progress)).toBe('taken');
});

test('a question stops the idle clock of the activity that awaits the agent', async () => {
  const attempt = await world.work();
  const question = report<'question'>(attempt, { kind: 'question', seq: 2, text: 'Which?', timeoutMs: 60_000, onExpiry: 'fail' });
  engine.away = true;

  expect(await taker()(question)).toBe('retry');
  engine.away = false;

  expect(await taker()(question)).toBe('taken');
  expect(engine.completed).toMatchObject([{ token: Buffer.from(attempt.token).toString(), outcome: { kind: 'asked', questionId: '1-2' } }]);
});

test.each([
  { why: 'a completion', make: completed, outcome: { kind: 'completed', result: { summary: 'done' }, settled: true } },
  { why: 'a failure', make: failed, outcome: { kind: 'failed', failureClass: 'recoverable', message: 'exit 1', reportedByAgent: true } },
])('$why completes the activity that awaits the agent', async ({ make, outcome }) => {
  const attempt = await world.work();

  const disposal = await taker()(make(attempt));

  expect(disposal).toBe('taken');
  expect(engine.completed).toMatchObject([{ token: Buffer.from(attempt.token).toString(), outcome }]);
  expect(ended).toEqual([{ workId: attempt.writer.workId, fence: attempt.taken.fence }]);
  expect(await world.ledger.leases.hasParkedReport(attempt.writer.workId, attempt.taken.fence)).toBe(false);
});

test('a failure waits while Temporal is away, and counts when it is back', async () => {
  const attempt = await world.work();
  engine.away = true;

  expect(await taker()(failed(attempt))).toBe('retry');
  engine.away = false;

  expect(await taker()(failed(attempt))).toBe('taken');
  expect(engine.completed).toHaveLength(1);
});

describe('a completion', () => {
  test('ends the item while Temporal is away; its workflow is told when that is back', async () => {
    const attempt = await world.work();
    engine.away = true;

    expect(await taker()(completed(attempt))).toBe('retry');
    expect(await world.item(attempt.writer.workId)).toMatchObject({ status: 'completed' });
    engine.away = false;

    expect(await taker()(completed(attempt))).toBe('taken');
    expect(engine.completed).toMatchObject([{ token: Buffer.from(attempt.token).toString(), outcome: { settled: true } }]);
  });

  test('is told to its agent, and makes room for others', async () => {
    const attempt = await world.work();

    await taker()(completed(attempt));

    expect(told).toEqual([settledCommand(attempt)]);
    expect(engine.wakes).toBe(1);
    expect(engine.stopped).toEqual([]);
  });

  test('of an agent that is to leave has it leave', async () => {
    const attempt = await world.work();
    await world.query('update sessions set retire_when_free = true where guid = $1', [attempt.taken.agentGuid]);

    await taker()(completed(attempt));

    expect(engine.stopped).toEqual([attempt.taken.agentGuid]);
  });

  test('that nothing awaits is found by its workflow when that next asks', async () => {
    const attempt = await world.work();
    engine.gone.add(Buffer.from(attempt.token).toString());

    expect(await taker()(completed(attempt))).toBe('taken');

    await expect(awaitAgain(attempt, 2)).rejects.toThrow('refused');
  });
});

describe('when no activity is there to take a final report', () => {
  test('it is parked for the next await', async () => {
    const attempt = await world.work();
    engine.gone.add(Buffer.from(attempt.token).toString());

    expect(await taker()(failed(attempt))).toBe('taken');

    expect(engine.completed).toEqual([]);
    expect(await world.ledger.leases.hasParkedReport(attempt.writer.workId, attempt.taken.fence)).toBe(true);
  });

  test('it goes to the one that awaits by now', async () => {
    const attempt = await world.work();
    engine.gone.add(Buffer.from(attempt.token).toString());
    let second = '';
    engine.onCall = async (token) => {
      if (engine.gone.has(token)) second = await awaitAgain(attempt, 2);
    };

    expect(await taker()(failed(attempt))).toBe('taken');

    expect(engine.completed).toMatchObject([{ token: second }]);
  });

  test('and the lease changes each time, it is delivered again', async () => {
    const attempt = await world.work();
    engine.gone.add(Buffer.from(attempt.token).toString());
    let awaitNo = 1;
    engine.onCall = async () => {
      awaitNo += 1;
      engine.gone.add(await awaitAgain(attempt, awaitNo));
    };

    expect(await taker()(failed(attempt))).toBe('retry');
    expect(awaitNo).toBe(6);
  });

  test('because its fence is over meanwhile, the agent is told', async () => {
    const attempt = await world.work();
    engine.gone.add(Buffer.from(attempt.token).toString());
    engine.onCall = async () => {
      await world.ledger.transitions.requeue(attempt.writer, { fence: attempt.taken.fence, failure: null, delayMs: 0, reason: '', counted: false });
    };

    expect(await taker()(failed(attempt))).toBe('taken');

    expect(told).toEqual([settledCommand(attempt)]);
  });
});

test.each([
  {
    why: 'an older fence',
    end: (attempt: Attempt) => world.ledger.transitions.requeue(attempt.writer, { fence: 1, failure: null, delayMs: 0, reason: '', counted: false }),
  },
  {
    why: 'a settled item',
    end: (attempt: Attempt) => world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: { kind: 'cancelled', reason: '' } }),
  },
])('an agent that reports under $why is told to forget it', async ({ end }) => {
  const attempt = await world.work();
  await end(attempt);

  expect(await taker()(completed(attempt))).toBe('taken');

  expect(told).toEqual([settledCommand(attempt)]);
  expect(engine.completed).toEqual([]);
});

test('a forged report changes nothing and is not answered', async () => {
  const attempt = await world.work();

  expect(await taker()({ ...completed(attempt), runToken: randomUUID() })).toBe('taken');

  expect([engine.completed, told]).toEqual([[], []]);
});

test.each(['LEDGER_UNAVAILABLE', 'COMMIT_UNKNOWN'] as const)('a report waits on %s', async (code) => {
  const attempt = await world.work();
  const away = taker({ leases: { ...world.ledger.leases, takeReport: () => Promise.reject(new WeftError(code, 'away')) } });

  expect(await away(completed(attempt))).toBe('retry');
});

test('a report that nobody will ever be able to take does not come back for ever', async () => {
  const attempt = await world.work();
  const broken = taker({ leases: { ...world.ledger.leases, takeReport: () => Promise.reject(new Error('a bug')) } });

  expect(await broken(completed(attempt))).toBe('taken');
});
