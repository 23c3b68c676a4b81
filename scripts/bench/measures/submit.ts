import { z } from 'zod';
import { startChild } from '../child.ts';
import type { Bench, Measure } from '../measure.ts';
import { untilQuiet } from '../quiet.ts';
import { WORK } from '../submit-one.ts';

const CONNECTIONS = 32;
const REQUESTS = 128;

/** Both sides start workflows that do the same afterwards; what they do is waited for before the next round. */
export const submit: Measure = {
  id: 'submit',
  what: 'POST /api/work (32 connections) against bare client.workflow.start of items that the ledger has already',
  unit: 'items/s',
  goal: { kind: 'ratio-at-least', limit: 0.7 },
  rounds: 5,
  open: ({ stack, load }: Bench) => {
    const bare = startChild('start-workflows', [stack.temporal, stack.database]);
    return Promise.resolve({
      ours: () => submitRate({ stack, load }),
      floor: async () => {
        const { seconds } = await bare.ask({ starts: REQUESTS, atOnce: CONNECTIONS }, z.object({ seconds: z.number() }));
        await untilQuiet(stack.database);
        return REQUESTS / seconds;
      },
      close: bare.close,
    });
  },
};

export async function submitRate({ stack, load }: Bench): Promise<number> {
  const order = { origin: stack.api, method: 'POST' as const, paths: ['/api/work'], body: JSON.stringify(WORK), connections: CONNECTIONS, requests: REQUESTS };
  const { seconds } = await load.run(order);
  await untilQuiet(stack.database);
  return REQUESTS / seconds;
}
