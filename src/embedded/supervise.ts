import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { boundLog, lastLines, openLog } from './bounded-log.ts';
import { endGroup } from './end-group.ts';
import { identify } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** How to run one long-lived process and how to know that it serves. */
export interface ProcessSpec {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Run as another user (PostgreSQL refuses to be root). */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly logFile: string;
  /** One look, bounded by itself: does it serve? `ready-message`: it sends `{ready: true}` over IPC. */
  readonly ready: (() => Promise<boolean>) | 'ready-message';
  readonly readyTimeoutMs: number;
  readonly stop: { readonly signal: NodeJS.Signals; readonly graceMs: number };
}

export interface Supervised {
  readonly name: string;
  readonly identity: () => ProcessIdentity | null;
  /** Stops restarting and ends the process with its group. `hurry` cuts the grace short. */
  readonly stop: (hurry: AbortSignal) => Promise<void>;
}

export interface SuperviseEvents {
  /** A process was started (its handle should be written down) or has ended for good (null). */
  readonly onChange: (name: string, identity: ProcessIdentity | null) => void;
  readonly onDown: (down: { name: string; how: string; lastLines: string; restartInMs: number }) => void;
  readonly onRecovered: (name: string) => void;
}

const READY_POLL_MS = 50;
const RESTART_FIRST_MS = 200;
const RESTART_MOST_MS = 10_000;
// A process that lived this long had started well: its next restart is prompt again.
const HEALTHY_MS = 30_000;

/**
 * Starts a process and keeps it running until stopped: starting → ready → (ended by itself) → waiting → starting …
 * Resolves when it serves for the first time; rejects when it never does. Later deaths are reported and restarted with backoff.
 */
export async function supervise(spec: ProcessSpec, events: SuperviseEvents): Promise<Supervised> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const state = { stopping: false, child: start(spec), restartMs: RESTART_FIRST_MS };
  events.onChange(spec.name, state.child.identity);
  const stopped = new AbortController();
  try {
    await untilReady(spec, state.child, stopped.signal);
  } catch (error) {
    await end(state.child, { signal: 'SIGKILL', graceMs: 0 });
    events.onChange(spec.name, null);
    throw error;
  }
  const watching = watch(spec, state, events, stopped.signal);
  return {
    name: spec.name,
    identity: () => state.child.identity,
    stop: async (hurry) => {
      state.stopping = true;
      stopped.abort();
      const killed = hurried(hurry).then(() => end(state.child, { signal: 'SIGKILL', graceMs: 0 }));
      await Promise.race([end(state.child, spec.stop), killed]);
      await watching;
      events.onChange(spec.name, null);
    },
  };
}

interface Running {
  readonly process: ChildProcess;
  readonly identity: ProcessIdentity | null;
  readonly startedAtMs: number;
  readonly ended: Promise<string>;
  ready: boolean;
}

interface State {
  stopping: boolean;
  child: Running;
  restartMs: number;
}

function start(spec: ProcessSpec): Running {
  const log = openLog(spec.logFile);
  const [program, ...args] = spec.argv;
  const child = spawn(program, args, {
    detached: true, // a group of its own: Ctrl-C in the terminal reaches only us
    env: { ...spec.env },
    stdio: ['ignore', log, log, ...(spec.ready === 'ready-message' ? (['ipc'] as const) : [])],
    ...(spec.user === undefined ? {} : spec.user),
  });
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(`could not be started: ${error.message}`);
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `exited with code ${String(code)}` : `was ended by ${signal}`);
    });
  });
  const running: Running = {
    process: child,
    identity: child.pid === undefined ? null : identify(child.pid),
    startedAtMs: performance.now(),
    ended,
    ready: false,
  };
  child.on('message', (message) => {
    if (typeof message === 'object' && message !== null && 'ready' in message) running.ready = true;
  });
  return running;
}

async function untilReady(spec: ProcessSpec, child: Running, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + spec.readyTimeoutMs;
  const over = { how: null as string | null };
  void child.ended.then((how) => {
    over.how = how;
  });
  while (performance.now() < deadline && !signal.aborted) {
    if (over.how !== null) throw new Error(`${spec.name} ${over.how} before it was ready.\n${lastLines(spec.logFile)}`);
    if (spec.ready === 'ready-message' ? child.ready : await spec.ready()) return;
    await delay(READY_POLL_MS);
  }
  if (signal.aborted) return;
  throw new Error(`${spec.name} was not ready within ${String(spec.readyTimeoutMs)} ms; its log is ${spec.logFile}.\n${lastLines(spec.logFile)}`);
}

async function watch(spec: ProcessSpec, state: State, events: SuperviseEvents, signal: AbortSignal): Promise<void> {
  const bounding = boundLog(spec.logFile, signal);
  while (!state.stopping) {
    const how = await state.child.ended;
    if (state.stopping) break;
    if (performance.now() - state.child.startedAtMs > HEALTHY_MS) state.restartMs = RESTART_FIRST_MS;
    events.onDown({ name: spec.name, how, lastLines: lastLines(spec.logFile), restartInMs: state.restartMs });
    // Whatever it left behind would be in the way of its successor.
    await end(state.child, { signal: 'SIGKILL', graceMs: 0 });
    await delay(state.restartMs, undefined, { signal }).catch(() => undefined); // aborted = stopping
    if (state.stopping) break;
    state.restartMs = Math.min(RESTART_MOST_MS, state.restartMs * 2);
    state.child = start(spec);
    events.onChange(spec.name, state.child.identity);
    await untilReady(spec, state.child, signal).then(
      () => {
        if (!state.stopping) events.onRecovered(spec.name);
      },
      async () => end(state.child, { signal: 'SIGKILL', graceMs: 0 }), // the next round reports how it ended
    );
  }
  await bounding;
}

async function end(child: Running, how: { signal: NodeJS.Signals; graceMs: number }): Promise<void> {
  if (child.identity === null) return;
  await endGroup(child.identity, how);
  await child.ended;
}

async function hurried(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
