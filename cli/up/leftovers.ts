import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { endGroup } from '../../src/embedded/end-group.ts';
import { isAlive } from '../../src/embedded/process-identity.ts';
import type { ProcessIdentity } from '../../src/embedded/process-identity.ts';

const Handles = z.array(z.object({ name: z.string(), pid: z.int().min(1), startedAt: z.string() }));
const GRACE_MS = 5000;

/** Writes down what runs, so that the next `up` finds it after ours was killed. */
export function recordProcesses(directory: string, running: ReadonlyMap<string, ProcessIdentity>): void {
  const handles = [...running].map(([name, identity]) => ({ name, ...identity }));
  const file = join(directory, 'processes.json');
  writeFileSync(`${file}.new`, JSON.stringify(handles));
  renameSync(`${file}.new`, file);
}

/** Stops the servers that a killed `up` left, last started first. Agents are not among them: the worker looks after those. Returns names. */
export async function stopLeftovers(directory: string): Promise<readonly string[]> {
  const left = readHandles(directory).filter(isAlive).reverse();
  for (const { name, ...identity } of left) {
    if (!(await endGroup(identity, { signal: 'SIGTERM', graceMs: GRACE_MS })))
      throw new Error(`${name} (process ${String(identity.pid)}) of an earlier run cannot be stopped.`);
  }
  return left.map(({ name }) => name);
}

function readHandles(directory: string): z.infer<typeof Handles> {
  try {
    return Handles.parse(JSON.parse(readFileSync(join(directory, 'processes.json'), 'utf8')));
  } catch {
    return [];
  }
}
