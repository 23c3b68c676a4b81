import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import type { GrantRound } from '../../src/domain/scheduling/grant.ts';
import { createRounds } from '../../worker/rounds.ts';
import type { Rounds } from '../../worker/rounds.ts';

const NOTHING_DUE: GrantRound = { lookAgainInMs: null, more: false };

/** Rounds that take as long as is said, and that end as is said; after that with nothing due. */
class Script {
  begun = 0;
  roundMs = 10;
  ends: (GrantRound | Error)[] = [];
  wake: () => void = () => undefined;
  readonly rounds: Rounds;

  constructor() {
    this.rounds = createRounds({
      grantSlots: async () => {
        this.begun += 1;
        await new Promise((resolve) => setTimeout(resolve, this.roundMs));
        const end = this.ends.shift() ?? NOTHING_DUE;
        if (end instanceof Error) throw end;
        return end;
      },
      wakes: {
        heed: (onWake, signal) => {
          this.wake = () => {
            if (!signal.aborted) onWake();
          };
          return Promise.resolve();
        },
      },
      logger: pino({ level: 'silent' }),
    });
  }
}

let script: Script;

beforeEach(() => {
  jest.useFakeTimers();
  script = new Script();
});
afterEach(async () => {
  await script.rounds.close();
  jest.useRealTimers();
});

describe('granting rounds', () => {
  test('are made at once when somebody wakes, and not otherwise', async () => {
    await jest.advanceTimersByTimeAsync(100_000);
    expect(script.begun).toBe(0);

    script.wake();

    expect(script.begun).toBe(1);
  });

  test('are never two at a time, and one serves all who woke during another', async () => {
    for (let n = 0; n < 10; n++) script.wake();
    await jest.advanceTimersByTimeAsync(5);
    for (let n = 0; n < 10; n++) script.wake();
    expect(script.begun).toBe(1);

    await jest.advanceTimersByTimeAsync(1000);

    expect(script.begun).toBe(2);
  });

  test('take a quarter of the time at most under a stream of wakes', async () => {
    for (let ms = 0; ms < 4000; ms++) {
      script.wake();
      await jest.advanceTimersByTimeAsync(1);
    }

    expect(script.begun).toBeGreaterThan(95);
    expect(script.begun).toBeLessThan(105);
  });

  test('follow each other at once while there is more to grant', async () => {
    const more = { lookAgainInMs: null, more: true };
    script.ends = [more, more, more];
    script.wake();

    await jest.advanceTimersByTimeAsync(45);

    expect(script.begun).toBe(4);
  });

  test('are made again when the last one has asked for it, and no earlier', async () => {
    script.ends = [{ lookAgainInMs: 5000, more: false }];
    script.wake();

    await jest.advanceTimersByTimeAsync(5000);
    const before = script.begun;
    await jest.advanceTimersByTimeAsync(20);

    expect([before, script.begun]).toEqual([1, 2]);
    await jest.advanceTimersByTimeAsync(100_000);
    expect(script.begun).toBe(2);
  });

  test('look again once only, however many rounds have asked for it', async () => {
    const later = { lookAgainInMs: 5000, more: false };
    script.ends = [later, later, later];
    for (let n = 0; n < 3; n++) {
      script.wake();
      await jest.advanceTimersByTimeAsync(1000);
    }
    expect(script.begun).toBe(3);

    await jest.advanceTimersByTimeAsync(100_000);

    expect(script.begun).toBe(4);
  });

  test('are made again after one that has failed', async () => {
    script.ends = [new Error('the ledger is away'), new Error('the ledger is away')];
    script.wake();

    await jest.advanceTimersByTimeAsync(10_000);

    expect(script.begun).toBe(3);
  });

  test('are what the workflow of the coordinator asks for: it is told how its own one ended', async () => {
    script.ends = [NOTHING_DUE, { lookAgainInMs: 700, more: false }, new Error('the ledger is away')];
    script.wake();
    await jest.advanceTimersByTimeAsync(5);

    const asked = script.rounds.make();
    await jest.advanceTimersByTimeAsync(100);
    const failed = script.rounds.make().catch((error: unknown) => String(error));
    await jest.advanceTimersByTimeAsync(100);

    expect(await asked).toEqual({ lookAgainInMs: 700, more: false });
    expect(await failed).toMatch(/the ledger is away/u);
  });

  test('are made for nobody but the workflow after the process has begun to stop', async () => {
    script.ends = [{ lookAgainInMs: 500, more: false }];
    script.wake();
    await script.rounds.close();
    script.wake();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(script.begun).toBe(1);

    const asked = script.rounds.make();
    await jest.advanceTimersByTimeAsync(100);

    expect(await asked).toEqual(NOTHING_DUE);
    expect(script.begun).toBe(2);
  });
});
