import { z } from 'zod';
import { Pace } from '../in-turns.ts';

/** Items for the floor: `withAgent` = a child workflow runs a process for each. */
export const FloorOrder = z.object({ pace: Pace, withAgent: z.boolean() });
export type FloorOrder = z.infer<typeof FloorOrder>;

export const FloorResult = z.object({
  seconds: z.number(),
  /** Of each item, from before its start to its activity running. */
  waitsMs: z.array(z.number()),
  /** How long the history of the last item is, its child's included. */
  events: z.int(),
});
export type FloorResult = z.infer<typeof FloorResult>;
