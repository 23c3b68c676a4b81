import { setTimeout as delay } from 'node:timers/promises';
import { findHarnessProcesses } from './find-harness-processes.ts';
import type { HarnessIdentity } from './find-harness-processes.ts';

export interface EndTimes {
  /** Between TERM and KILL. */
  readonly graceMs: number;
  /** How long KILL is repeated before giving up. */
  readonly killMs: number;
}

const POLL_MS = 25;

/**
 * Ends every process of a harness: TERM, `graceMs`, KILL until none is left. Answers what was verified:
 * `alive` means that a process survived KILL for `killMs` (uninterruptible sleep); call again.
 */
export async function endProcessGroup(harness: HarnessIdentity, times: EndTimes): Promise<'gone' | 'alive'> {
  // CONT lets a stopped process see its TERM.
  if (await signalUntilGone(harness, ['SIGTERM', 'SIGCONT'], times.graceMs)) return 'gone';
  // Repeated, because a process may fork between our look and our KILL.
  return (await signalUntilGone(harness, ['SIGKILL'], times.killMs)) ? 'gone' : 'alive';
}

async function signalUntilGone(harness: HarnessIdentity, signals: readonly NodeJS.Signals[], forMs: number): Promise<boolean> {
  const deadline = performance.now() + forMs;
  const told = new Set<number>();
  for (;;) {
    const alive = await findHarnessProcesses(harness);
    if (alive.length === 0) return true;
    for (const pid of alive)
      if (!told.has(pid))
        signals.forEach((signal) => {
          send(pid, signal);
        });
    // One TERM each: some programs take the second one as an order to skip their clean-up.
    if (signals.includes('SIGTERM')) alive.forEach((pid) => told.add(pid));
    if (performance.now() >= deadline) return false;
    await delay(POLL_MS);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in the meantime; the next look decides.
  }
}
