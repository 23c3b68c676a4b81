import { z } from 'zod';
import { startChild } from '../child.ts';
import type { Bench, Measure } from '../measure.ts';
import { untilTakenUp } from '../quiet.ts';
import { WORK } from '../submit-one.ts';

const CONNECTIONS = 32;
const REQUESTS = 256;

/**
 * Both sides start workflows that do the same afterwards, and both cores are full from the first request on: whoever answers sooner
 * only leaves more of that for later. So the time ends when the workflow of each item waits for its slot.
 */
export const submit: Measure = {
  id: 'submit',
  what: 'POST /api/work (32 connections) until the last workflow waits for its slot, against bare client.workflow.start of items that the ledger has already',
  unit: 'items/s',
  goal: { kind: 'ratio-at-least', limit: 0.7 },
  rounds: 5,
  open: (bench: Bench) => {
    const bare = startChild('start-workflows', [bench.stack.temporal, bench.stack.database]);
    return Promise.resolve({
      ours: () => submitRate(bench),
      floor: async () => {
        const { seconds } = await bare.ask({ starts: REQUESTS, atOnce: CONNECTIONS }, z.object({ seconds: z.number() }));
        return REQUESTS / (seconds + (await untilTakenUp(bench.stack)));
      },
      close: bare.close,
    });
  },
};

export async function submitRate({ stack, load }: Bench): Promise<number> {
  const order = { origin: stack.api, method: 'POST' as const, paths: ['/api/work'], body: JSON.stringify(WORK), connections: CONNECTIONS, requests: REQUESTS };
  const { seconds } = await load.run(order);
  return REQUESTS / (seconds + (await untilTakenUp(stack)));
}
