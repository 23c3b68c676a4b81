import { z } from 'zod';
import { Timestamp } from '../ids.ts';

/**
 * running: slots are granted · paused: nothing new is granted, what runs goes on · draining: paused, and agents leave as soon
 * as they are free · drained: the last of them is gone.
 */
const ActivityState = z.enum(['running', 'paused', 'draining', 'drained']);

/** Whether a project, or everything, is at work; and who has held it up, since when and why. */
export const Activity = z
  .object({
    state: ActivityState.meta({
      description: 'paused: nothing new is granted · draining: and agents leave as soon as they are free · drained: all have left.',
    }),
    reason: z.string().max(1024).exactOptional(),
    by: z.string().max(128).exactOptional(),
    since: Timestamp.exactOptional(),
  })
  .meta({ id: 'Activity' });
export type Activity = z.infer<typeof Activity>;

export type HoldWish = 'pause' | 'drain' | 'resume';

/** Body of pause and drain. */
export const HoldReason = z.object({ reason: z.string().trim().min(1).max(1024).exactOptional() }).meta({ id: 'HoldReason' });
