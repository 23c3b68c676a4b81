import { z } from 'zod';
import { median } from './row.ts';

/** Events to send, one after the other; each is known again by its token. */
export const SendOrder = z.object({ tokens: z.array(z.string()).max(1000), everyMs: z.int().min(1).max(1000) });
export type SendOrder = z.infer<typeof SendOrder>;

export const Sent = z.object({ token: z.string(), atMs: z.number() });
export type Sent = z.infer<typeof Sent>;

export const ListenOrder = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('connect'), url: z.string(), clients: z.int().min(1).max(2000) }),
  z.object({ kind: z.literal('collect'), tokens: z.array(z.string()) }),
]);

export const Collected = z.object({ arrivals: z.array(z.object({ token: z.string(), atMs: z.array(z.number()) })) });

/** The time of day in milliseconds, with fractions, the same in every process of this machine. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Median over all events and all clients of the time from sending to arriving, in ms. */
export function medianLatency(sent: readonly Sent[], { arrivals }: z.infer<typeof Collected>): number {
  const sentAt = new Map(sent.map(({ token, atMs }) => [token, atMs]));
  return median(arrivals.flatMap(({ token, atMs }) => atMs.map((at) => at - (sentAt.get(token) ?? Number.NaN))));
}
