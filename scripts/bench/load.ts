import { z } from 'zod';
import { startChild } from './child.ts';
import type { Child } from './child.ts';

/** Requests to make; each connection sends the next one when the last one was answered. */
export const LoadOrder = z.object({
  /** `http://host:port` */
  origin: z.url(),
  method: z.enum(['GET', 'POST']),
  /** Asked for in turns. */
  paths: z.array(z.string()).min(1).max(10_000),
  /** Sent with every request. */
  body: z.string().exactOptional(),
  connections: z.int().min(1).max(1024),
  /** How many in all. An answer other than 2xx ends the process. */
  requests: z.int().min(1).max(1_000_000),
});
export type LoadOrder = z.infer<typeof LoadOrder>;

export const LoadResult = z.object({ seconds: z.number(), medianMs: z.number() });
export type LoadResult = z.infer<typeof LoadResult>;

/** Makes requests from a process of its own. */
export interface LoadGenerator {
  readonly run: (order: LoadOrder) => Promise<LoadResult>;
  readonly close: () => Promise<void>;
}

export function startLoadGenerator(): LoadGenerator {
  const child: Child = startChild('load');
  return { run: (order) => child.ask(order, LoadResult), close: child.close };
}
