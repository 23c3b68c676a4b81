import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

const POLL_MS = 20;
const KILL_WAIT_MS = 5000;

/**
 * Ends a process that leads its own group, with the whole group: `signal`, up to `graceMs`, then KILL. A recycled pid is
 * never touched. Returns false when it is still alive after all.
 */
export async function endGroup(identity: ProcessIdentity, options: { signal: NodeJS.Signals; graceMs: number }): Promise<boolean> {
  if (!isAlive(identity)) return true;
  signalGroup(identity.pid, options.signal);
  if (await goneWithin(identity, options.graceMs)) {
    // What the leader left behind in its group must not outlive it.
    signalGroup(identity.pid, 'SIGKILL');
    return true;
  }
  signalGroup(identity.pid, 'SIGKILL');
  return goneWithin(identity, KILL_WAIT_MS);
}

async function goneWithin(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(identity)) {
    if (performance.now() >= deadline) return false;
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
