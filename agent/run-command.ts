import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GUID_MARKER } from '../src/domain/agents/launch.ts';
import type { RunnerConfig } from '../src/domain/agents/launch.ts';
import { isDirectory } from './assignment-directory.ts';
import { findHarnessProcesses } from './find-harness-processes.ts';
import { startHarness } from './harness.ts';
import type { Harness } from './harness.ts';
import { commandEnvironment } from './harness-environment.ts';
import type { Environment } from './harness-environment.ts';
import { readHarnessOutput } from './harness-output.ts';
import type { HarnessExit } from './run-result.ts';
import { untilGone } from './until-gone.ts';

export interface CommandRequest {
  readonly config: RunnerConfig;
  readonly runnerDirectory: string;
  readonly allowed: Environment;
  /** Between TERM and KILL, when `stop` says nothing else. */
  readonly graceMs: number;
  readonly onStarted: () => void;
  readonly onActivity: () => void;
}

export type CommandResult =
  { readonly kind: 'exited'; readonly exit: HarnessExit } | { readonly kind: 'not-started'; readonly message: string } | { readonly kind: 'stopped' };

export interface CommandRun {
  /** Resolves, and never rejects, when no process of the command is left. */
  readonly ended: Promise<CommandResult>;
  /** Ends the command with everything it started, which has `graceMs` for it. */
  readonly stop: (graceMs?: number) => void;
}

const LOOK_EVERY_MS = 500;

/** Runs the target's command once, without a work item: the command is the agent. */
export function runCommand(request: CommandRequest): CommandRun {
  const stopping = new AbortController();
  let graceMs = request.graceMs;
  return {
    ended: run(request, { stop: stopping.signal, graceMs: () => graceMs }).catch((error: unknown): CommandResult => ({
      kind: 'not-started',
      message: messageOf(error),
    })),
    stop: (givenMs) => {
      graceMs = givenMs ?? graceMs;
      stopping.abort();
    },
  };
}

async function run(request: CommandRequest, { stop, graceMs }: { stop: AbortSignal; graceMs: () => number }): Promise<CommandResult> {
  const { config, allowed, onActivity } = request;
  const { directory, log } = await prepareDirectory(request);
  if (stop.aborted) return { kind: 'stopped' };
  const output = readHarnessOutput(log, { onActivity, onLine: () => undefined, onProgress: () => undefined, onQuestion: () => undefined });
  try {
    const harness = await startHarness({
      command: config.harness,
      directory,
      env: commandEnvironment(config, allowed),
      stdin: '',
      onOutput: output.write,
    });
    request.onStarted();
    const markers = [`${GUID_MARKER}=${config.guid}`];
    await untilNobodyIsLeft(harness, markers, stop);
    const exit = await untilGone(harness, { markers, graceMs }, stop);
    return exit === 'stopped' ? { kind: 'stopped' } : { kind: 'exited', exit };
  } finally {
    await output.close();
  }
}

async function prepareDirectory({ config, runnerDirectory }: CommandRequest): Promise<{ directory: string; log: string }> {
  const own = join(runnerDirectory, 'command');
  const fresh = join(own, 'work');
  const { workingDirectory } = config.harness;
  await mkdir(workingDirectory === undefined ? fresh : own, { recursive: true, mode: 0o700 });
  if (workingDirectory !== undefined && !(await isDirectory(workingDirectory))) throw new Error(`the work directory ${workingDirectory} does not exist`);
  return { directory: workingDirectory ?? fresh, log: join(own, 'output.log') };
}

/** A launcher's exit is not the agent's exit: what it leaves at work is the agent. */
async function untilNobodyIsLeft(harness: Harness, markers: readonly string[], stop: AbortSignal): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    stop.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
  await Promise.race([harness.exited, stopped]);
  const identity = { leaderPid: harness.pid, startTicks: harness.startTicks, markers };
  while (!stop.aborted && (await isAnybodyLeft(identity))) await Promise.race([delay(LOOK_EVERY_MS), stopped]);
}

async function isAnybodyLeft(identity: Parameters<typeof findHarnessProcesses>[0]): Promise<boolean> {
  // Not able to look (no file descriptor left) is not gone.
  return findHarnessProcesses(identity).then(
    (pids) => pids.length > 0,
    () => true,
  );
}

function messageOf(error: unknown): string {
  return `The target's command could not be started: ${error instanceof Error ? error.message : String(error)}`;
}
