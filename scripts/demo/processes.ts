import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GUID_MARKER, RUNNER_CONFIG } from '../../src/domain/agents/launch.ts';

export interface DemoProcess {
  readonly pid: number;
  readonly command: string;
  readonly environment: readonly string[];
}

const SERVER_PLACES = ['postgres', 'nats', 'temporal.db'];

/** True where processes and their environments can be looked at. */
export function canLookAtProcesses(): boolean {
  return listProcesses().some(({ pid }) => pid === process.pid);
}

/** Every process of an agent: its runner, its harness and all that these started, in whatever group or session. */
export function processesOf(agentGuid: string): readonly DemoProcess[] {
  const marker = `${GUID_MARKER}=${agentGuid}`;
  return listProcesses().filter(({ environment }) => environment.includes(marker));
}

/** The one of an agent's processes that speaks for it. */
export function runnerOf(agentGuid: string): DemoProcess | null {
  return processesOf(agentGuid).find(({ environment }) => environment.some((entry) => entry.startsWith(`${RUNNER_CONFIG}=`))) ?? null;
}

/** The worker of a stage, with the bridge in it. */
export function workerOf(stageDirectory: string): DemoProcess | null {
  const marker = `WEFT_DATA_DIR=${dataDirectoryOf(stageDirectory)}`;
  return listProcesses().find(({ command, environment }) => /\bworker\/main\.[jt]s/.test(command) && environment.includes(marker)) ?? null;
}

/**
 * Every process of a stage: our own name it in a `WEFT_` variable, the servers in the place of their data. What a person runs
 * there, a pager on a log for example, is none of them.
 */
export function processesOfStage(directory: string): readonly DemoProcess[] {
  const places = SERVER_PLACES.map((place) => join(dataDirectoryOf(directory), place));
  return listProcesses().filter(
    ({ command, environment }) =>
      environment.some((entry) => entry.startsWith('WEFT_') && entry.includes(directory)) || places.some((place) => command.includes(place)),
  );
}

/** Sends a signal; false when there is no such process any more. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Where the stack of a stage keeps its data. */
export function dataDirectoryOf(stageDirectory: string): string {
  return join(stageDirectory, 'data');
}

/** For a person: numbers and what they run. */
export function describeProcesses(processes: readonly DemoProcess[]): string {
  if (processes.length === 0) return 'no process';
  return processes.map(({ pid, command }) => `${String(pid)} (${command.slice(0, 60)})`).join(', ');
}

function listProcesses(): readonly DemoProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        // A zombie has none: it holds nothing but its number.
        return command === '' ? [] : [{ pid: Number(name), command, environment: readEnvironment(name) }];
      } catch {
        // Ended meanwhile.
        return [];
      }
    });
}

function readEnvironment(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // Somebody else's.
    return [];
  }
}
