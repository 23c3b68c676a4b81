import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

/** How many times something is done: by so many at once, each again when the last time is over, or one every so often, however long they take. */
export const Pace = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('at-once'), items: z.int().min(1).max(100_000), atOnce: z.int().min(1).max(1000) }),
  z.object({ kind: z.literal('every'), items: z.int().min(1).max(100_000), everyMs: z.int().min(1).max(60_000) }),
]);
export type Pace = z.infer<typeof Pace>;

/** Returns how long all of it took, in seconds. */
export async function inTurns(pace: Pace, once: (n: number) => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await (pace.kind === 'at-once' ? byMany(pace, once) : oneByOne(pace, once));
  return (performance.now() - startedAt) / 1000;
}

async function byMany({ items, atOnce }: Extract<Pace, { kind: 'at-once' }>, once: (n: number) => Promise<void>): Promise<void> {
  let begun = 0;
  await Promise.all(
    Array.from({ length: Math.min(atOnce, items) }, async () => {
      while (begun < items) await once(begun++);
    }),
  );
}

async function oneByOne({ items, everyMs }: Extract<Pace, { kind: 'every' }>, once: (n: number) => Promise<void>): Promise<void> {
  const all: Promise<void>[] = [];
  for (let n = 0; n < items; n++) {
    all.push(once(n));
    await delay(everyMs);
  }
  await Promise.all(all);
}
