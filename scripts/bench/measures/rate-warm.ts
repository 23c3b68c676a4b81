import { openCrew, openFloor } from '../crew.ts';
import type { Measure } from '../measure.ts';

const ITEMS = 400;
const AT_ONCE = 50;

export const rateWarm: Measure = {
  id: 'rate-warm',
  what: 'Items completed by 50 agents on NATS that are there and take no time for it, 50 submitted at once over HTTP and the next when one is completed, against the same with the raw SDK (start, signal, activity completed by a client)',
  unit: 'items/s',
  goal: { kind: 'ratio-at-least', limit: 0.8 },
  rounds: 3,
  open: async (bench) => {
    const crew = await openCrew(bench, { count: AT_ONCE, workMs: 0 });
    const floor = openFloor(bench.stack);
    const pace = { kind: 'at-once', items: ITEMS, atOnce: AT_ONCE } as const;
    return {
      ours: async () => ITEMS / (await crew.submit({ pace })).seconds,
      floor: async () => ITEMS / (await floor.run({ pace, withAgent: false })).seconds,
      close: async () => {
        await Promise.all([crew.close(), floor.close()]);
      },
    };
  },
};
