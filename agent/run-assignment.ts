import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Assignment } from '../src/domain/agents/commands.ts';
import { GUID_MARKER } from '../src/domain/agents/launch.ts';
import type { RunnerConfig } from '../src/domain/agents/launch.ts';
import type { Asked } from '../src/domain/work/question.ts';
import { prepareAssignmentDirectory } from './assignment-directory.ts';
import type { AssignmentDirectory } from './assignment-directory.ts';
import { changesBetween, snapshotWorkTree } from './git-facts.ts';
import type { GitFacts, WorkTreeSnapshot } from './git-facts.ts';
import { startHarness } from './harness.ts';
import { harnessEnvironment, stdinDocument } from './harness-environment.ts';
import type { Environment } from './harness-environment.ts';
import { readHarnessOutput } from './harness-output.ts';
import type { OutputListeners } from './harness-output.ts';
import type { RunResult } from './run-result.ts';
import { untilGone } from './until-gone.ts';

export interface RunRequest {
  readonly config: RunnerConfig;
  readonly assignment: Assignment;
  readonly runnerDirectory: string;
  /** What children may inherit of the runner's environment. */
  readonly allowed: Environment;
  /** Between TERM and KILL, when `stop` says nothing else. */
  readonly graceMs: number;
  readonly listeners: Omit<OutputListeners, 'onQuestion'> & {
    readonly onStarted: () => void;
    /** The answer is to be left in the file. */
    readonly onQuestion: (asked: Asked, file: string) => void;
  };
}

export interface AssignmentRun {
  /** Resolves, and never rejects, when no process of the harness is left. */
  readonly ended: Promise<RunResult>;
  /** Ends the harness with everything it started, which has `graceMs` for it; `ended` then says `stopped`. */
  readonly stop: (graceMs?: number) => void;
}

// Facts about git are worth a moment, not more: the harness waits for the first, the report for the second.
const GIT_BEFORE_MS = 10_000;
const GIT_AFTER_MS = 20_000;

/** Runs the target's command for one assignment, from making its directory to knowing that all of it is gone. */
export function runAssignment(request: RunRequest): AssignmentRun {
  const stopping = new AbortController();
  let graceMs = request.graceMs;
  return {
    ended: run(request, { stop: stopping.signal, graceMs: () => graceMs }).catch((error: unknown): RunResult => ({
      kind: 'not-started',
      message: messageOf(error),
    })),
    stop: (givenMs) => {
      graceMs = givenMs ?? graceMs;
      stopping.abort();
    },
  };
}

async function run(request: RunRequest, { stop, graceMs }: { stop: AbortSignal; graceMs: () => number }): Promise<RunResult> {
  const { assignment, config, allowed } = request;
  const directory = await prepareAssignmentDirectory(request.runnerDirectory, assignment, config.harness.workingDirectory);
  const before = await snapshot(request, directory, within(GIT_BEFORE_MS, stop));
  if (stop.aborted) return { kind: 'stopped' };

  let questions = 0;
  const onQuestion = (asked: Asked): void => {
    questions += 1;
    request.listeners.onQuestion(asked, join(directory.answers, String(questions)));
  };
  const output = readHarnessOutput(directory.log, { ...request.listeners, onQuestion });
  const startedAtMs = performance.now();
  try {
    const harness = await startHarness({
      command: config.harness,
      directory: directory.work,
      env: harnessEnvironment(config, assignment, { allowed, files: directory.files, answers: directory.answers }),
      stdin: stdinDocument(assignment),
      onOutput: output.write,
    });
    request.listeners.onStarted();
    const markers = [`${GUID_MARKER}=${config.guid}`, `WEFT_WORK_ID=${assignment.workId}`];
    const exit = await untilGone(harness, { markers, graceMs }, stop);
    if (exit === 'stopped') return { kind: 'stopped' };
    request.listeners.onActivity(); // the end is news as well
    const durationMs = Math.round(performance.now() - startedAtMs);
    return { kind: 'exited', exit, output: output.result(), durationMs, git: await changesSince(before, request, { directory, stop }) };
  } finally {
    await output.close();
    await rm(directory.scratch, { recursive: true, force: true });
  }
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
