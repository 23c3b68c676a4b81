import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { endGroup } from '../../src/embedded/end-group.ts';
import { isAlive } from '../../src/embedded/process-identity.ts';
import type { ProcessIdentity } from '../../src/embedded/process-identity.ts';

const Handles = z.array(z.object({ name: z.string(), pid: z.int().min(1), startedAt: z.string() }));

/** Not servers but ours, in the order in which they are stopped. */
export const OUR_PROCESSES: readonly string[] = ['worker', 'api'];

const SERVER_GRACE_MS = 10_000;

/** Writes down what runs, so that the next `up` finds it after ours was killed. */
export function recordProcesses(directory: string, running: ReadonlyMap<string, ProcessIdentity>): void {
  const handles = [...running].map(([name, identity]) => ({ name, ...identity }));
  const file = join(directory, 'processes.json');
  writeFileSync(`${file}.new`, JSON.stringify(handles));
  renameSync(`${file}.new`, file);
}

/** Stops what a killed `up` left running, and returns its names: first our own processes, then the servers that those need. */
export async function stopLeftovers(directory: string): Promise<readonly string[]> {
  const left = readHandles(directory).filter(isAlive);
  const ours = left.filter(({ name }) => OUR_PROCESSES.includes(name));
  const servers = left.filter(({ name }) => !OUR_PROCESSES.includes(name));
  // A worker that is asked to stop ends the agents of this host. They are to go on: the next worker finds them.
  await Promise.all(ours.map((handle) => end(handle, { signal: 'SIGKILL', graceMs: 0 })));
  // INT, because to PostgreSQL TERM means to wait until everybody has left.
  await Promise.all(servers.map((handle) => end(handle, { signal: 'SIGINT', graceMs: SERVER_GRACE_MS })));
  return left.map(({ name }) => name);
}

async function end({ name, pid, startedAt }: z.infer<typeof Handles>[number], how: { signal: NodeJS.Signals; graceMs: number }): Promise<void> {
  const gone = await endGroup({ pid, startedAt }, how);
  if (!gone) throw new Error(`The ${name} of an earlier run (process ${String(pid)}) cannot be stopped.`);
}

function readHandles(directory: string): z.infer<typeof Handles> {
  try {
    return Handles.parse(JSON.parse(readFileSync(join(directory, 'processes.json'), 'utf8')));
  } catch {
    return []; // there was no earlier run
  }
}
