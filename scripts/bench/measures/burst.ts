import { openCrew } from '../crew.ts';
import { mostAtOnce } from '../journal.ts';
import type { Measure } from '../measure.ts';

const ITEMS = 300;
const CAP = 50;
// More than may be at work, so that it is the cap that holds.
const AGENTS = 60;
// What is between two items of a slot must be small beside it: 50 of them end, and begin, at nearly the same time.
const WORK_MS = 15_000;
const IDEAL_SECONDS = (Math.ceil(ITEMS / CAP) * WORK_MS) / 1000;

export const burst: Measure = {
  id: 'burst',
  what: '300 items of 15 s submitted together where 50 may be at work, until the last is completed, against six times 15 s; infinite when the journals of the agents show a 51st at the same time',
  unit: 's',
  goal: { kind: 'ratio-at-most', limit: 1.25 },
  rounds: 1,
  warmsUp: false,
  open: async (bench) => {
    const crew = await openCrew(bench, { count: AGENTS, workMs: WORK_MS, slotsMax: CAP });
    return {
      ours: async () => {
        const { seconds } = await crew.submit({ pace: { kind: 'at-once', items: ITEMS, atOnce: ITEMS } });
        const most = mostAtOnce(crew.journal());
        console.log(`  at work at the same time: ${String(most)} of ${String(CAP)} at most`);
        return most > CAP ? Number.POSITIVE_INFINITY : seconds;
      },
      floor: () => Promise.resolve(IDEAL_SECONDS),
      close: crew.close,
    };
  },
};
