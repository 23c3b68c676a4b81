import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { processesOf, processesOfStage, runnerOf, signalProcess } from '../../../scripts/demo/processes.ts';
import { waitFor } from '../../../scripts/demo/wait-for.ts';

const started: ChildProcess[] = [];

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      signalProcess(-child.pid, 'SIGKILL');
      await exited;
    }
  }
});

function start(script: string, env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn('/bin/sh', ['-c', script], { env: { PATH: '/usr/bin:/bin', ...env }, detached: true, stdio: 'ignore' });
  started.push(child);
  return child;
}

function until<T>(look: () => T | null): Promise<T> {
  return waitFor({ what: 'the processes', timeoutMs: 40_000, pollMs: 20, signal: new AbortController().signal }, look);
}

test("an agent's processes are known by its marker, whoever started them, and its runner by its configuration", async () => {
  const guid = randomUUID();
  const harness = start('sleep 60 & wait', { WEFT_AGENT_GUID: guid });
  const runner = start('exec sleep 60', { WEFT_AGENT_GUID: guid, WEFT_RUNNER_CONFIG: '{}' });
  start('sleep 60 & wait', { WEFT_AGENT_GUID: randomUUID() });

  const found = await until(() => {
    const processes = processesOf(guid);
    return processes.length === 3 ? processes : null;
  });

  expect(found.map(({ pid }) => pid)).toEqual(expect.arrayContaining([runner.pid, harness.pid]));
  expect((await until(() => runnerOf(guid))).pid).toBe(runner.pid);
});

test('an ended process is not found, though nobody has waited for it', async () => {
  const guid = randomUUID();
  const child = start('sleep 60', { WEFT_AGENT_GUID: guid });
  await until(() => (processesOf(guid).length > 0 ? true : null));

  signalProcess(-(child.pid ?? 0), 'SIGKILL');

  await until(() => (processesOf(guid).length === 0 ? true : null));
});

test('what a person runs in the directory of a stage is not taken for a part of it', async () => {
  const directory = `/tmp/weft-demo-${randomUUID()}`;
  const pager = start(`sleep 60 # ${directory}/up.log`, { PWD: directory });
  const harness = start('exec sleep 60', { WEFT_DEMO_STAGE: directory });

  const found = await until(() => (processesOfStage(directory).length > 0 ? processesOfStage(directory) : null));

  expect(found.map(({ pid }) => pid)).toEqual([harness.pid]);
  expect(pager.exitCode).toBeNull();
});
