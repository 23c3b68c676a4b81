import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLocalMechanism } from '../../../src/adapters/local/index.ts';
import { isAlive, markedProcesses, signalIfThere } from '../../support/marked-processes.ts';
import { OWN_SECRET } from '../../support/mechanism-contract.ts';
import type { MechanismUnderTest } from '../../support/mechanism-contract.ts';

export const HOST = 'host-under-test';

export interface LocalPlace extends MechanismUnderTest {
  readonly agentsDir: string;
}

/** A directory of agents on this host, with two mechanisms on it. */
export async function openLocalPlace(): Promise<LocalPlace> {
  const directory = await mkdtemp(join(tmpdir(), 'weft-local-'));
  const agentsDir = join(directory, 'agents');
  const common = { agentsDir, hostId: HOST, environment: { ...process.env, [OWN_SECRET]: 'secret' } };
  return {
    agentsDir,
    callers: [createLocalMechanism(common), createLocalMechanism(common)],
    patient: createLocalMechanism({ ...common, earlyExitMs: 20_000 }),
    argvOf: fixtureArgv,
    freshPath: () => join(directory, randomUUID()),
    read: (path) => readFile(path, 'utf8').catch(() => ''),
    markedProcesses: (guid) => Promise.resolve(markedProcesses(guid)),
    kill: (pids) => {
      for (const pid of pids) signalIfThere(pid, 'SIGKILL');
      return Promise.resolve();
    },
    processesOf: (commandLine) => Promise.resolve(processesOf(commandLine)),
    close: async (guids) => {
      for (const guid of guids) for (const pid of markedProcesses(guid)) signalIfThere(pid, 'SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Argument vector of a script of test/fixtures/mechanism. */
function fixtureArgv(fixture: string, ...args: readonly string[]): readonly string[] {
  return [fileURLToPath(new URL(`../../fixtures/mechanism/${fixture}`, import.meta.url)), ...args];
}

/** A process that has nothing to do with any agent, in a group of its own. */
export function startBystander(env: Readonly<Record<string, string>> = {}): ChildProcess & { readonly pid: number } {
  const child = spawn('/bin/sleep', ['3600'], { detached: true, stdio: 'ignore', env: { ...env } });
  if (child.pid === undefined) throw new Error('no bystander could be started');
  return Object.assign(child, { pid: child.pid });
}

function processesOf(commandLine: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name) && isAlive(Number(name)))
    .filter((pid) => commandLineOf(pid) === commandLine)
    .map(Number);
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1).join(' ');
  } catch {
    return '';
  }
}
