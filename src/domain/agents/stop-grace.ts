import { z } from 'zod';

const GRACE_MS_MAX = 3_600_000;
// For the runner, when it had to kill its harness: to report, to write its registry entry and to leave by itself.
const RUNNER_LEAVES_MS = 2000;

/** How long an agent has between being asked to end and being killed. */
export const StopGraceMs = z.int().min(0).max(GRACE_MS_MAX);

/** What is left of the times of an agent that is asked to stop. */
export interface StopTimes {
  /** The runner gives its harness this long; undefined = as long as it always does. */
  readonly harnessGraceMs?: number;
  /** What is still there after this long is killed by its handle. */
  readonly graceMs: number;
}

/**
 * The times of an agent that was first asked `askedForMs` ago. `wishMs`: what whoever asked it to stop has granted, null = nothing
 * was said, and it gets `usualMs`. However often a stop is tried again, the agent is granted its time once.
 */
export function stopTimes({ wishMs, usualMs, askedForMs }: { wishMs: number | null; usualMs: number; askedForMs: number }): StopTimes {
  const leftOf = (graceMs: number): number => Math.max(0, graceMs - askedForMs);
  if (wishMs === null) return { graceMs: leftOf(usualMs) };
  return { harnessGraceMs: leftOf(wishMs), graceMs: leftOf(wishMs + RUNNER_LEAVES_MS) };
}
