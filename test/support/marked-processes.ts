import { readdirSync, readFileSync } from 'node:fs';

/** Live processes of this host with an environment entry `WEFT_AGENT_GUID=<guid>`; seen without any code of the product. Zombies do not count. */
export function markedProcesses(guid: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(`WEFT_AGENT_GUID=${guid}`) && isAlive(Number(pid)))
    .map(Number);
}

/** True when a process with this pid lives and is no zombie. */
export function isAlive(pid: number): boolean {
  const state = /^State:\s+(\S)/mu.exec(read(`/proc/${String(pid)}/status`))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Sends `signal` to a process seen earlier; one that has ended since is no failure. */
export function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
