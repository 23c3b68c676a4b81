import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { WeftError } from '../../domain/errors.ts';
import type { AgentDir } from './agent-dir.ts';
import { isErrno } from './errno.ts';
import { GATE_NAME, GATE_SCRIPT, GATE_TAKEN, gatePath, readGate, TOMBSTONE_FOUND } from './gate.ts';
import { openOutput } from './output-file.ts';
import type { ProcessIdentity, ProcessTable } from './process-facts.ts';

export interface Launch {
  readonly dir: AgentDir;
  readonly gateNumber: number;
  readonly bootId: string;
  /** Absolute path of the program, then its arguments. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly earlyExitMs: number;
  readonly table: ProcessTable;
}

export type LaunchResult =
  | { readonly kind: 'running'; readonly process: ProcessIdentity }
  /** It passed the gate and ended within `earlyExitMs`; what it started may live on. */
  | { readonly kind: 'ended'; readonly exit: Exit }
  /** Another start's process passed the gate first. */
  | { readonly kind: 'gate-taken' }
  | { readonly kind: 'tombstoned' };

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

// Between fork and gate lie a shell's start and one small file: milliseconds, seconds on a machine in trouble.
const GATE_TIMEOUT_MS = 10_000;
const POLL_MS = 5;

/**
 * Starts a process that passes the gate and becomes the agent: its own session and process group, no pipe to us, so that it
 * outlives us; nothing of ours is inherited but what is named here. Watches it for `earlyExitMs`.
 */
export async function launchThroughGate(launch: Launch, signal: AbortSignal): Promise<LaunchResult> {
  const child = await spawnBehindGate(launch);
  const exited = exitOf(child);
  child.unref();
  const passed = await waitForGate(launch, child, signal);
  if (passed === null) {
    const exit = await exited;
    if (exit.code === TOMBSTONE_FOUND) return { kind: 'tombstoned' };
    return exit.code === GATE_TAKEN ? { kind: 'gate-taken' } : { kind: 'ended', exit };
  }
  const exit = await within(exited, launch.earlyExitMs, signal);
  if (exit === null) return { kind: 'running', process: passed };
  return exit.code === TOMBSTONE_FOUND ? { kind: 'tombstoned' } : { kind: 'ended', exit };
}

async function spawnBehindGate({ dir, gateNumber, bootId, argv, env }: Launch): Promise<ChildProcess> {
  const stdout = await openOutput(dir.stdout);
  try {
    const stderr = await openOutput(dir.stderr);
    try {
      const args = ['-c', GATE_SCRIPT, GATE_NAME, gatePath(dir, gateNumber), dir.tombstone, bootId, ...argv];
      return await spawned(() => spawn('/bin/sh', args, { cwd: dir.path, env: { ...env }, detached: true, stdio: ['ignore', stdout.fd, stderr.fd] }));
    } finally {
      await stderr.close();
    }
  } finally {
    await stdout.close();
  }
}

async function spawned(start: () => ChildProcess): Promise<ChildProcess> {
  try {
    const child = start();
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return child;
  } catch (error) {
    throw toSpawnFailure(error);
  }
}

function toSpawnFailure(error: unknown): WeftError {
  if (isErrno(error, 'EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'))
    return new WeftError('SPIN_UP_REFUSED', 'This host has no room for another process now.', { cause: error });
  if (isErrno(error, 'E2BIG'))
    return new WeftError('TARGET_MISCONFIGURED', 'The arguments and environment of the agent are larger than this host allows.', { cause: error });
  return new WeftError('SPIN_UP_FAILED', 'No process could be started on this host.', { cause: error });
}

// Registered before anything is awaited: node reports an exit once.
function exitOf(child: ChildProcess): Promise<Exit> {
  if (hasExited(child)) return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The child as the gate's own record names it; null when it ended without passing. */
async function waitForGate(launch: Launch, child: ChildProcess, signal: AbortSignal): Promise<ProcessIdentity | null> {
  const deadline = performance.now() + GATE_TIMEOUT_MS;
  for (;;) {
    const isOver = hasExited(child); // before the look: what the child wrote, it wrote before it ended
    const passedBy = (await readGate(launch.dir, launch.gateNumber, launch.table))?.passedBy ?? null;
    if (passedBy !== null && passedBy.pid === child.pid) return passedBy;
    if (isOver) return null;
    if (performance.now() >= deadline)
      throw new WeftError('SPIN_UP_FAILED', `Process ${String(child.pid)} was started but did not begin to run within ${String(GATE_TIMEOUT_MS)} ms.`);
    await delay(POLL_MS, undefined, { signal });
  }
}

async function within<T>(promise: Promise<T>, timeoutMs: number, signal: AbortSignal): Promise<T | null> {
  const timer = new AbortController();
  try {
    return await Promise.race([promise, delay(timeoutMs, null, { signal: AbortSignal.any([timer.signal, signal]) })]);
  } finally {
    timer.abort();
  }
}
