import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentDirOf } from '../../../src/adapters/local/agent-dir.ts';
import { GATE_NAME, GATE_SCRIPT, GATE_TAKEN, readLastGate, TOMBSTONE_FOUND } from '../../../src/adapters/local/gate.ts';
import { createProcessTable } from '../../../src/adapters/local/process-table.ts';

describe('the gate', () => {
  const table = createProcessTable();
  let agentsDir: string;
  let directory: string;

  beforeEach(async () => {
    agentsDir = await mkdtemp(join(tmpdir(), 'weft-gate-'));
    directory = agentsDir;
  });

  afterEach(async () => {
    await rm(agentsDir, { recursive: true, force: true });
  });

  function enter(gate: string, program: readonly string[]): { pid: number; code: Promise<number> } {
    const child = spawn('/bin/sh', ['-c', GATE_SCRIPT, GATE_NAME, join(directory, gate), join(directory, 'tombstone'), 'boot', ...program], {
      stdio: 'ignore',
    });
    return { pid: child.pid ?? 0, code: once(child, 'exit').then(([code]) => code as number) };
  }

  async function executions(): Promise<number> {
    return (await readdir(directory)).filter((name) => name.startsWith('ran-')).length;
  }

  const leaveTrace = (): readonly string[] => ['/bin/sh', '-c', `: >'${directory}'/ran-$$`];

  test('lets one of many pass, and the others end without executing anything', async () => {
    const codes = await Promise.all(Array.from({ length: 12 }, () => enter('gate-1', leaveTrace()).code));

    expect(codes.filter((code) => code === 0)).toHaveLength(1);
    expect(codes.filter((code) => code === GATE_TAKEN)).toHaveLength(11);
    expect(await executions()).toBe(1);
  });

  test('records who passed, as the process that it becomes', async () => {
    const { pid, code } = enter('gate-3', ['/bin/sh', '-c', `cat /proc/$$/stat >'${directory}/stat'`]);
    await code;

    const gate = await readLastGate({ ...agentDirOf(agentsDir, 'unused'), path: directory }, table);

    const stat = await readFile(join(directory, 'stat'), 'utf8');
    expect(gate).toEqual({ number: 3, passedBy: { bootId: 'boot', pid, startTicks: Number(stat.split(' ')[21]) } });
  });

  test('executes nothing once there is a tombstone', async () => {
    await writeFile(join(directory, 'tombstone'), '');

    expect(await enter('gate-1', leaveTrace()).code).toBe(TOMBSTONE_FOUND);
    expect(await executions()).toBe(0);
  });

  test('executes nothing when it cannot be recorded', async () => {
    await rm(directory, { recursive: true });

    expect(await enter('gate-1', leaveTrace()).code).toBe(GATE_TAKEN);
  });

  test('knows no passer while its line is not written, and takes the highest number', async () => {
    await writeFile(join(directory, 'gate-9'), 'boot 1 (sh) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 77 0\n');
    await writeFile(join(directory, 'gate-10'), '');

    const gate = await readLastGate({ ...agentDirOf(agentsDir, 'unused'), path: directory }, table);

    expect(gate).toEqual({ number: 10, passedBy: null });
  });
});
