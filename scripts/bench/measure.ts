import type { Stack } from '../demo/stack.ts';
import type { LoadGenerator } from './load.ts';
import type { Goal, Pair } from './row.ts';

/** What a measure stands on: the product in its default configuration, and a process that makes requests. */
export interface Bench {
  readonly stack: Stack;
  readonly load: LoadGenerator;
  /** For files of the measure's own. */
  readonly directory: string;
}

/** Both sides of one comparison; each call measures once and returns a number of the measure's unit. */
interface Sides {
  readonly ours: () => Promise<number>;
  readonly floor: () => Promise<number>;
  readonly close: () => Promise<void>;
}

export interface Measure {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly goal: Goal;
  readonly rounds: number;
  /** false = the first round counts: what it measures is long beside what a cold start costs. */
  readonly warmsUp?: boolean;
  readonly open: (bench: Bench) => Promise<Sides>;
}

/** Ours and floor in turns, the other one first every time; the first round warms up and does not count, unless the measure says otherwise. */
export async function measureRounds(measure: Measure, bench: Bench, signal: AbortSignal): Promise<Pair[]> {
  const sides = await measure.open(bench);
  const pairs: Pair[] = [];
  try {
    for (let round = measure.warmsUp === false ? 1 : 0; round <= measure.rounds; round++) {
      signal.throwIfAborted();
      const pair = await measureOnce(sides, round % 2 === 0);
      if (round > 0) pairs.push(pair);
      console.log(
        `  ${round === 0 ? 'warm-up' : `round ${String(round)}`}: ours ${pair.ours.toPrecision(4)}, floor ${pair.floor.toPrecision(4)} ${measure.unit}`,
      );
    }
  } finally {
    await sides.close();
  }
  return pairs;
}

async function measureOnce({ ours, floor }: Sides, oursFirst: boolean): Promise<Pair> {
  if (oursFirst) return { ours: await ours(), floor: await floor() };
  const first = await floor();
  return { ours: await ours(), floor: first };
}
