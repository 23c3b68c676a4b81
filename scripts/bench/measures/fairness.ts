import { z } from 'zod';
import { callApi } from '../call-api.ts';
import { openCrew } from '../crew.ts';
import type { Crew } from '../crew.ts';
import { waitsMs } from '../journal.ts';
import type { Measure } from '../measure.ts';

const AGENTS = 10;
// Ten agents of which each does one item a second: what they can do, not what the coordinator can, is what is shared.
const WORK_MS = 1000;
const FLOOD = 1000;
const OTHERS = 9;
const EACH = 10;

export const fairness: Measure = {
  id: 'fairness',
  what: 'From POST to the first instruction for nine submitters of 10 items each, p99, while a tenth has 1,000 waiting, against the same alone; ten agents, 1 s each',
  unit: 'ms',
  goal: { kind: 'ratio-at-most', limit: 3 },
  // The floor first: the thousand are there for the rest of this stack's life.
  rounds: 1,
  warmsUp: false,
  open: async (bench) => {
    const { api } = bench.stack;
    const crew = await openCrew(bench, { count: AGENTS, workMs: WORK_MS });
    const flooder = await makeToken(api, 'flooder');
    const others = await Promise.all(Array.from({ length: OTHERS }, (_, n) => makeToken(api, `other-${String(n)}`)));
    return {
      ours: async () => {
        await crew.submit({ pace: { kind: 'at-once', items: FLOOD, atOnce: 20 }, tokens: [flooder], awaited: 'none' });
        return p99OfOthers(crew, others);
      },
      floor: () => p99OfOthers(crew, others),
      close: crew.close,
    };
  },
};

async function p99OfOthers(crew: Crew, tokens: readonly string[]): Promise<number> {
  const items = tokens.length * EACH;
  const { sent } = await crew.submit({ pace: { kind: 'at-once', items, atOnce: items }, tokens: [...tokens] });
  const waits = waitsMs(sent, crew.journal()).toSorted((one, other) => one - other);
  return waits[Math.ceil(waits.length * 0.99) - 1] ?? Number.NaN;
}

async function makeToken(api: string, name: string): Promise<string> {
  const made = await callApi(api, ['POST', '/api/tokens'], { name, scopes: ['work:write', 'work:read'], projects: null });
  return z.object({ token: z.string() }).parse(made).token;
}
