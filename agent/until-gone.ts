import { setTimeout as delay } from 'node:timers/promises';
import { endProcessGroup } from './end-process-group.ts';
import type { Harness } from './harness.ts';
import type { HarnessExit } from './run-result.ts';
import { waitAtMost } from './wait-at-most.ts';

export interface Ending {
  /** Environment entries that all of the harness's processes carry, and no process that is older than it. */
  readonly markers: readonly string[];
  /** Between TERM and KILL; asked when the end has come, because who stops it may say how long. */
  readonly graceMs: () => number;
}

const KILL_MS = 5000;
const STILL_ALIVE_RETRY_MS = 1000;
// Output that was written before the end is in the pipes already; longer waiting would only wait for a survivor.
const DRAIN_MS = 500;
// Who stops an agent signals its processes one after the other; the harness may fall before the runner is told to leave.
const STOP_FOLLOWS_MS = 250;

/** Waits for the end or the stop, then ends what the first process left behind: two attempts must never work side by side. */
export async function untilGone(harness: Harness, { markers, graceMs }: Ending, stop: AbortSignal): Promise<HarnessExit | 'stopped'> {
  const stopped = abortOf(stop);
  await Promise.race([harness.exited, stopped]);
  if (!stop.aborted) await Promise.race([harness.drained(DRAIN_MS), stopped]);
  const identity = { leaderPid: harness.pid, startTicks: harness.startTicks, markers };
  // Not able to look (no file descriptor left) is not gone either.
  const end = (): Promise<'gone' | 'alive'> => endProcessGroup(identity, { graceMs: graceMs(), killMs: KILL_MS }).catch(() => 'alive');
  while ((await end()) === 'alive') await delay(STILL_ALIVE_RETRY_MS);
  await harness.drained(DRAIN_MS);
  harness.release();
  const exit = await harness.exited;
  if ('signal' in exit) await waitAtMost(stopped, STOP_FOLLOWS_MS);
  return stop.aborted ? 'stopped' : exit;
}

async function abortOf(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
