import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Assignment } from '../src/domain/agents/commands.ts';
import { GUID_MARKER } from '../src/domain/agents/launch.ts';
import type { RunnerConfig } from '../src/domain/agents/launch.ts';
import { prepareAssignmentDirectory } from './assignment-directory.ts';
import type { AssignmentDirectory } from './assignment-directory.ts';
import { endProcessGroup } from './end-process-group.ts';
import { changesBetween, snapshotWorkTree } from './git-facts.ts';
import type { GitFacts, WorkTreeSnapshot } from './git-facts.ts';
import { startHarness } from './harness.ts';
import type { Harness } from './harness.ts';
import { harnessEnvironment, stdinDocument } from './harness-environment.ts';
import type { Environment } from './harness-environment.ts';
import { readHarnessOutput } from './harness-output.ts';
import type { OutputListeners } from './harness-output.ts';
import type { HarnessExit, RunResult } from './run-result.ts';
import { waitAtMost } from './wait-at-most.ts';

export interface RunRequest {
  readonly config: RunnerConfig;
  readonly assignment: Assignment;
  readonly runnerDirectory: string;
  /** What children may inherit of the runner's environment. */
  readonly allowed: Environment;
  /** Between TERM and KILL. */
  readonly graceMs: number;
  readonly listeners: OutputListeners & { readonly onStarted: () => void };
}

export interface AssignmentRun {
  /** Resolves, and never rejects, when no process of the harness is left. */
  readonly ended: Promise<RunResult>;
  /** Ends the harness with everything it started; `ended` then says `stopped`. */
  readonly stop: () => void;
}

const KILL_MS = 5000;
const STILL_ALIVE_RETRY_MS = 1000;
// Output that was written before the end is in the pipes already; longer waiting would only wait for a survivor.
const DRAIN_MS = 500;
// Facts about git are worth a moment, not more: the harness waits for the first, the report for the second.
const GIT_BEFORE_MS = 10_000;
const GIT_AFTER_MS = 20_000;
// Who stops an agent signals its processes one after the other; the harness may fall before the runner is told to leave.
const STOP_FOLLOWS_MS = 250;

/** Runs the target's command for one assignment, from making its directory to knowing that all of it is gone. */
export function runAssignment(request: RunRequest): AssignmentRun {
  const stopping = new AbortController();
  return {
    ended: run(request, stopping.signal).catch((error: unknown): RunResult => ({ kind: 'not-started', message: messageOf(error) })),
    stop: () => {
      stopping.abort();
    },
  };
}

async function run(request: RunRequest, stop: AbortSignal): Promise<RunResult> {
  const { assignment, config, allowed } = request;
  const directory = await prepareAssignmentDirectory(request.runnerDirectory, assignment, config.harness.workingDirectory);
  const before = await snapshot(request, directory, within(GIT_BEFORE_MS, stop));
  if (stop.aborted) return { kind: 'stopped' };

  const output = readHarnessOutput(directory.log, request.listeners);
  const startedAtMs = performance.now();
  try {
    const harness = await startHarness({
      command: config.harness,
      directory: directory.work,
      env: harnessEnvironment(config, assignment, { allowed, files: directory.files }),
      stdin: stdinDocument(assignment),
      onOutput: output.write,
    });
    request.listeners.onStarted();
    const exit = await untilGone(harness, request, stop);
    if (exit === 'stopped') return { kind: 'stopped' };
    request.listeners.onActivity(); // the end is news as well
    const durationMs = Math.round(performance.now() - startedAtMs);
    return { kind: 'exited', exit, output: output.result(), durationMs, git: await changesSince(before, request, { directory, stop }) };
  } finally {
    await output.close();
    await rm(directory.scratch, { recursive: true, force: true });
  }
}

/** Waits for the end or the stop, then ends what the first process left behind: two attempts must never work side by side. */
async function untilGone(harness: Harness, { assignment, config, graceMs }: RunRequest, stop: AbortSignal): Promise<HarnessExit | 'stopped'> {
  const stopped = abortOf(stop);
  await Promise.race([harness.exited, stopped]);
  if (!stop.aborted) await Promise.race([harness.drained(DRAIN_MS), stopped]);
  const identity = {
    leaderPid: harness.pid,
    startTicks: harness.startTicks,
    markers: [`${GUID_MARKER}=${config.guid}`, `WEFT_WORK_ID=${assignment.workId}`],
  };
  // Not able to look (no file descriptor left) is not gone either.
  const end = (): Promise<'gone' | 'alive'> => endProcessGroup(identity, { graceMs, killMs: KILL_MS }).catch(() => 'alive');
  while ((await end()) === 'alive') await delay(STILL_ALIVE_RETRY_MS);
  await harness.drained(DRAIN_MS);
  harness.release();
  const exit = await harness.exited;
  if ('signal' in exit) await waitAtMost(stopped, STOP_FOLLOWS_MS);
  return stop.aborted ? 'stopped' : exit;
}

async function abortOf(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

function within(timeoutMs: number, stop: AbortSignal): AbortSignal {
  return AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
}

async function snapshot({ config, allowed }: RunRequest, directory: AssignmentDirectory, signal: AbortSignal): Promise<WorkTreeSnapshot | null> {
  // A fresh directory may lie inside somebody's repository, which is none of the harness's business.
  if (directory.workIsFresh) return null;
  const env = { ...allowed, [GUID_MARKER]: config.guid };
  return snapshotWorkTree({ directory: directory.work, scratch: directory.scratch, env, signal }).catch(() => null);
}

async function changesSince(
  before: WorkTreeSnapshot | null,
  request: RunRequest,
  { directory, stop }: { directory: AssignmentDirectory; stop: AbortSignal },
): Promise<GitFacts | null> {
  if (before === null) return null;
  const after = await snapshot(request, directory, within(GIT_AFTER_MS, stop));
  return after === null ? null : changesBetween(before, after).catch(() => null);
}

function messageOf(error: unknown): string {
  return `The harness could not be started: ${error instanceof Error ? error.message : String(error)}`;
}
