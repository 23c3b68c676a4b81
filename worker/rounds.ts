import type { Logger } from 'pino';
import type { GrantRound } from '../src/domain/scheduling/grant.ts';
import type { WakeLine } from '../src/ports/wake-line.ts';

export interface Rounds {
  /** Makes a round that begins after this call, together with all who ask meanwhile. Rejects as the round does. */
  readonly make: () => Promise<GrantRound>;
  /** From then on rounds are made only for who asks for one by `make`. */
  readonly close: () => Promise<void>;
}

export interface RoundsDeps {
  readonly grantSlots: () => Promise<GrantRound>;
  readonly wakes: Pick<WakeLine, 'heed'>;
  readonly logger: Logger;
}

// Under a stream of wakes rounds take a quarter of the time, and each serves all that has come since the last one.
const REST_PER_ROUND = 3;
const REST_MS_MAX = 250;
const RETRY_MS = 1000;
// Whatever waits for longer than this is found by the coordinator's workflow as well.
const LOOK_AGAIN_MS_MAX = 60_000;

/** The next round, for all who wait for it. */
interface Due {
  readonly round: Promise<GrantRound>;
  readonly begin: (round: Promise<GrantRound>) => void;
}

/**
 * Makes the granting rounds of this process, one after the other: when somebody wakes it, when a round has asked for another look,
 * and when the coordinator's workflow wants one.
 */
export function createRounds({ grantSlots, wakes, logger }: RoundsDeps): Rounds {
  const closing = new AbortController();
  let due: Due | null = null;
  let isRunning = false;
  let timer: NodeJS.Timeout | undefined;
  let endRest = (): void => undefined;

  function make(): Promise<GrantRound> {
    due ??= nextRound();
    const { round } = due;
    if (!isRunning) void run();
    return round;
  }

  async function run(): Promise<void> {
    isRunning = true;
    while (due !== null) {
      const { begin } = due;
      due = null;
      clearTimeout(timer);
      const startedAt = performance.now();
      const round = grantSlots();
      begin(round);
      const lookAgainInMs = await waitOf(round);
      if (closing.signal.aborted) continue;
      if (lookAgainInMs === 0) due ??= nextRound();
      else await rest(startedAt, lookAgainInMs);
    }
    isRunning = false;
  }

  /** When the next round is to follow though nobody wakes us; 0 = at once, null = not at all. */
  async function waitOf(round: Promise<GrantRound>): Promise<number | null> {
    try {
      const { more, lookAgainInMs } = await round;
      return more ? 0 : lookAgainInMs;
    } catch (err) {
      logger.warn({ err }, 'a granting round has failed; it is made again');
      return RETRY_MS;
    }
  }

  async function rest(startedAt: number, lookAgainInMs: number | null): Promise<void> {
    if (lookAgainInMs !== null) timer = setTimeout(() => void make(), Math.min(lookAgainInMs, LOOK_AGAIN_MS_MAX)).unref();
    const ms = Math.min(REST_MS_MAX, REST_PER_ROUND * (performance.now() - startedAt));
    await new Promise<void>((resolve) => {
      const resting = setTimeout(resolve, ms);
      endRest = () => {
        clearTimeout(resting);
        resolve();
      };
    });
  }

  const heeding = wakes
    .heed(() => void make(), closing.signal)
    .catch((err: unknown) => {
      logger.warn({ err }, 'this worker hears wakes no more; they come by way of the workflow engine');
    });
  return {
    make,
    close: async () => {
      closing.abort();
      clearTimeout(timer);
      endRest();
      await heeding;
    },
  };
}

/** Nobody has to listen to how it ends. */
function nextRound(): Due {
  let begin: Due['begin'] = () => undefined;
  const round = new Promise<GrantRound>((resolve) => {
    begin = resolve;
  });
  round.catch(() => undefined);
  return { round, begin };
}
