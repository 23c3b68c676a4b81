import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { RunnerConfig } from '../src/domain/agents/launch.ts';
import { startTicksOf } from './find-harness-processes.ts';
import type { HarnessExit } from './run-result.ts';
import { waitAtMost } from './wait-at-most.ts';

export type OutputStream = 'stdout' | 'stderr';

export interface HarnessStart {
  readonly command: RunnerConfig['harness'];
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly onOutput: (stream: OutputStream, chunk: Buffer) => void;
}

export interface Harness {
  readonly pid: number;
  readonly startTicks: number | null;
  /** How the first process of the harness ended; others may live on. */
  readonly exited: Promise<HarnessExit>;
  /** Resolves when all output was read, or after `timeoutMs`: a process that survives may hold the pipes open. */
  readonly drained: (timeoutMs: number) => Promise<void>;
  /** Lets go of the pipes. */
  readonly release: () => void;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts the target's command in a process group and session of its own. With `args` it is an argument vector, without it a shell line.
 * Its output is always read and never waited for, so a full pipe cannot stop it. Throws when it cannot be started.
 */
export async function startHarness(start: HarnessStart): Promise<Harness> {
  const { command, args } = start.command;
  const [program, argv] = args === undefined ? ['/bin/sh', ['-c', command]] : [command, args];
  const child: Child = spawn(program, argv, { cwd: start.directory, env: { ...start.env }, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const startTicks = child.pid === undefined ? null : startTicksOf(child.pid);
  const exited = new Promise<HarnessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(code === null ? { signal: signal ?? 'an unknown signal' } : { code });
    });
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  connectPipes(child, start);
  await spawned(child);
  return {
    pid: child.pid ?? 0, // set once spawned
    startTicks,
    exited,
    drained: async (timeoutMs) => {
      await waitAtMost(closed, timeoutMs);
    },
    release: () => {
      for (const stream of pipesOf(child)) stream.destroy();
    },
  };
}

function connectPipes(child: Child, start: HarnessStart): void {
  child.stdout.on('data', (chunk: Buffer) => {
    start.onOutput('stdout', chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    start.onOutput('stderr', chunk);
  });
  // A harness that does not read its stdin closes it (EPIPE); that is its right.
  for (const stream of pipesOf(child)) stream.on('error', () => undefined);
  child.stdin.end(start.stdin);
}

async function spawned(child: Child): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  // Later errors concern signals only, and those are sent by pid.
  child.on('error', () => undefined);
}

function pipesOf(child: Child): readonly (Readable | Writable)[] {
  return [child.stdin, child.stdout, child.stderr];
}
