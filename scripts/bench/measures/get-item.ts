import { z } from 'zod';
import type { WorkItem } from '../../../src/domain/work/work-item.ts';
import { startChild } from '../child.ts';
import type { Bench, Measure } from '../measure.ts';
import { submitOne } from '../submit-one.ts';

// Enough that no two requests of one moment ask for the same one.
const ITEMS = 128;
const CONNECTIONS = 32;
const REQUESTS = 6000;

export const getItem: Measure = {
  id: 'get-item',
  what: 'GET /api/work/:id against a bare Fastify route with the same response schema',
  unit: 'requests/s',
  goal: { kind: 'ratio-at-least', limit: 0.6 },
  rounds: 7,
  open: async ({ stack, load }: Bench) => {
    const items: WorkItem[] = [];
    while (items.length < ITEMS) items.push(await submitOne(stack.api));
    const paths = items.map(({ id }) => `/api/work/${id}`);
    const bare = startChild('bare-fastify');
    const { origin } = await bare.ask({ item: items[0] }, z.object({ origin: z.url() }));
    const rate = async (at: string): Promise<number> => {
      const { seconds } = await load.run({ origin: at, method: 'GET', paths, connections: CONNECTIONS, requests: REQUESTS });
      return REQUESTS / seconds;
    };
    return { ours: () => rate(stack.api), floor: () => rate(origin), close: bare.close };
  },
};
