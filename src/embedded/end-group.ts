import { setTimeout as delay } from 'node:timers/promises';
import { hasMembers, identify, isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

const POLL_MS = 20;
const KILL_WAIT_MS = 5000;

export interface HowToEnd {
  readonly signal: NodeJS.Signals;
  /** How long the process may take after the signal before it is killed. */
  readonly graceMs: number;
  /** Cuts the grace short. */
  readonly hurry?: AbortSignal;
}

/**
 * Ends a process that leads its own group, with the whole group: `signal`, grace, KILL. A process that merely got the same number
 * is never touched. Returns true when all are verified gone.
 */
export async function endGroup(identity: ProcessIdentity, how: HowToEnd): Promise<boolean> {
  if (isAlive(identity)) {
    signalGroup(identity.pid, how.signal);
    await until(() => !isAlive(identity), how.graceMs, how.hurry);
  }
  const now = identify(identity.pid);
  if (now !== null && now.startedAt !== identity.startedAt) return true;
  // The leader, when it is still there, and what it left behind: nobody else can lead this group while the number is not in use.
  signalGroup(identity.pid, 'SIGKILL');
  return until(() => !hasMembers(identity.pid), KILL_WAIT_MS);
}

async function until(condition: () => boolean, timeoutMs: number, hurry?: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() >= deadline || hurry?.aborted === true) return false;
    await delay(POLL_MS);
  }
  return true;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}
