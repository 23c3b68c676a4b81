import { openCrew, openFloor } from '../crew.ts';
import { waitsMs } from '../journal.ts';
import type { Measure } from '../measure.ts';
import { median } from '../row.ts';

// Each item is over before the next one comes: this is about delay, not about throughput.
const PACE = { kind: 'every', items: 30, everyMs: 500 } as const;
const AGENTS = 10;

export const firstInstruction: Measure = {
  id: 'first-instruction',
  what: "From the POST of an item to its agent's first instruction, 2 items a second, p50, against the raw SDK from the start of a workflow to its activity",
  unit: 'ms',
  goal: { kind: 'ratio-at-most', limit: 1.6 },
  rounds: 5,
  open: async (bench) => {
    const crew = await openCrew(bench, { count: AGENTS, workMs: 0 });
    const floor = openFloor(bench.stack);
    return {
      ours: async () => median(waitsMs((await crew.submit({ pace: PACE })).sent, crew.journal())),
      floor: async () => median((await floor.run({ pace: PACE, withAgent: false })).waitsMs),
      close: async () => {
        await Promise.all([crew.close(), floor.close()]);
      },
    };
  },
};
