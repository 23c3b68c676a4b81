import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { openLog } from './bounded-log.ts';
import { endGroup } from './end-group.ts';
import type { HowToEnd } from './end-group.ts';
import type { ProcessSpec } from './process-spec.ts';
import { identify } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** One started process of a specification. */
export interface Running {
  /** null: it could not be started. */
  readonly identity: ProcessIdentity | null;
  readonly startedAtMs: number;
  /** Tells a person how it ended; never rejects. */
  readonly ended: Promise<string>;
  /** How it ended, as soon as it has. */
  readonly endedHow: () => string | null;
  readonly saidReady: () => boolean;
}

const READY_POLL_MS = 50;

/** Starts the process in a group of its own (Ctrl-C in the terminal reaches only us), its output in the log. Never throws. */
export function startProcess(spec: ProcessSpec): Running {
  const startedAtMs = performance.now();
  let child: ChildProcess;
  try {
    child = spawnInto(openLog(spec.logFile), spec);
  } catch (error) {
    const how = `could not be started: ${String(error)}`;
    return { identity: null, startedAtMs, ended: Promise.resolve(how), endedHow: () => how, saidReady: () => false };
  }
  let endedHow: string | null = null;
  let isReady = false;
  const ended = new Promise<string>((resolve) => {
    const finish = (how: string): void => {
      endedHow ??= how;
      resolve(endedHow);
    };
    child.once('error', (error) => {
      // Also raised when a living child cannot be told something: only one that never ran has ended by it.
      if (child.pid === undefined) finish(`could not be started: ${error.message}`);
    });
    child.once('exit', (code, signal) => {
      finish(signal === null ? `exited with code ${String(code)}` : `was ended by ${signal}`);
    });
  });
  child.on('message', (message: unknown) => {
    isReady ||= typeof message === 'object' && message !== null && 'ready' in message;
  });
  return { identity: identityOf(child), startedAtMs, ended, endedHow: () => endedHow, saidReady: () => isReady };
}

/** Resolves to null when it serves, or to what went wrong when it ends first or takes too long. Rejects when `signal` aborts; ends nothing. */
export async function untilReady(spec: ProcessSpec, running: Running, signal: AbortSignal): Promise<string | null> {
  const deadline = performance.now() + spec.readyTimeoutMs;
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    const how = running.endedHow();
    if (how !== null) return `${how} before it was ready`;
    if (spec.ready === 'ready-message' ? running.saidReady() : await spec.ready()) return null;
    await delay(READY_POLL_MS);
  }
  return `was not ready within ${String(spec.readyTimeoutMs)} ms`;
}

/** Ends the process with its group; true when all are verified gone. */
export async function endRunning(running: Running, how: HowToEnd): Promise<boolean> {
  if (running.identity === null) return true;
  const gone = await endGroup(running.identity, how);
  if (gone) await running.ended;
  return gone;
}

function spawnInto(log: number, spec: ProcessSpec): ChildProcess {
  const [program, ...args] = spec.argv;
  try {
    return spawn(program, args, {
      detached: true,
      env: { ...spec.env },
      stdio: ['ignore', log, log, ...(spec.ready === 'ready-message' ? (['ipc'] as const) : [])],
      ...(spec.user ?? {}),
    });
  } finally {
    closeSync(log);
  }
}

function identityOf(child: ChildProcess): ProcessIdentity | null {
  if (child.pid === undefined) return null;
  // It may have ended already; what it started may still live in its group.
  return identify(child.pid) ?? { pid: child.pid, startedAt: 'ended' };
}
