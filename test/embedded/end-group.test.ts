import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { afterEach, expect, test } from '@jest/globals';
import { endGroup } from '../../src/embedded/end-group.ts';
import { hasMembers, identify } from '../../src/embedded/process-identity.ts';
import type { ProcessIdentity } from '../../src/embedded/process-identity.ts';
import { isAlive } from '../support/marked-processes.ts';

const NO_GRACE = { signal: 'SIGTERM', graceMs: 0 } as const;
const groups: number[] = [];

afterEach(() => {
  for (const group of groups.splice(0)) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // The test has ended it.
    }
  }
});

/** A shell that leads its own group; resolves when it has printed its first line. */
async function startGroup(script: string): Promise<{ identity: ProcessIdentity; line: string; child: ChildProcessByStdio<Writable, Readable, null> }> {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  const pid = child.pid ?? 0;
  groups.push(pid);
  const identity = identify(pid);
  if (identity === null) throw new Error('The shell did not start.');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { identity, line: line.toString().trim(), child };
}

test('asks first', async () => {
  const { identity, child } = await startGroup('trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done');
  const exit = once(child, 'exit');

  expect(await endGroup(identity, { signal: 'SIGTERM', graceMs: 5000 })).toBe(true);
  expect(await exit).toEqual([7, null]);
});

test('kills what does not listen, with its children', async () => {
  const { identity, line } = await startGroup('trap "" TERM; sleep 60 & echo $!; while :; do sleep 0.05; done');

  expect(await endGroup(identity, NO_GRACE)).toBe(true);
  expect(isAlive(Number(line))).toBe(false);
  expect(hasMembers(identity.pid)).toBe(false);
});

test('kills children that have outlived their leader', async () => {
  const { identity, line, child } = await startGroup('sleep 60 & echo $!; read line');
  const exit = once(child, 'exit');
  child.stdin.end();
  await exit;

  expect(isAlive(Number(line))).toBe(true);
  expect(await endGroup(identity, NO_GRACE)).toBe(true);
  expect(isAlive(Number(line))).toBe(false);
});

test('does not wait out the grace when hurried', async () => {
  const { identity } = await startGroup('trap "" TERM; echo ready; while :; do sleep 0.05; done');
  const startMs = performance.now();

  expect(await endGroup(identity, { signal: 'SIGTERM', graceMs: 60_000, hurry: AbortSignal.timeout(50) })).toBe(true);
  expect(performance.now() - startMs).toBeLessThan(30_000);
});

test('never touches a process that merely has the same number', async () => {
  const { identity } = await startGroup('echo ready; exec sleep 60');

  expect(await endGroup({ ...identity, startedAt: 'another boot:1' }, NO_GRACE)).toBe(true);
  expect(isAlive(identity.pid)).toBe(true);
});
