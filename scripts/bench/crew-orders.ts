import { z } from 'zod';
import { Pace } from './in-turns.ts';

/** Agents that register by themselves, all of one capability. */
export const AgentsOrder = z.object({
  count: z.int().min(1).max(1000),
  capability: z.string(),
  workMs: z.int().min(0).max(600_000),
  /** To which file they add their lines. */
  journal: z.string(),
});
export type AgentsOrder = z.infer<typeof AgentsOrder>;

/** Work for the product. */
export const SubmitOrder = z.object({
  pace: Pace,
  /** Bodies of `POST /api/work`, in turns. */
  bodies: z.array(z.string()).min(1).max(10_000),
  /** Of the submitters, in turns; none = whoever is on this machine. */
  tokens: z.array(z.string()).max(100),
  /** each: a turn is over when its item is completed · none: when it is accepted. */
  awaited: z.enum(['each', 'none']),
});
export type SubmitOrder = z.infer<typeof SubmitOrder>;

export const SubmitResult = z.object({ seconds: z.number(), sent: z.array(z.object({ workId: z.string(), atMs: z.number() })) });
export type SubmitResult = z.infer<typeof SubmitResult>;
