import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UnmetExpectation } from './expectation.ts';
import { dataDirectoryOf, signalProcess, workerOf } from './processes.ts';
import { waitFor } from './wait-for.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 40_000;
const HURRY_TIMEOUT_MS = 15_000;
// Nothing else of the caller's environment reaches the stack, so that the demo never works on somebody's real servers.
const INHERITED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'USER', 'LOGNAME', 'SHELL', 'XDG_CACHE_HOME', 'WEFT_TEMPORAL_BIN', 'WEFT_NATS_BIN'];

const Ready = z.object({ ready: z.literal(true), api: z.url(), nats: z.string(), temporal: z.string(), temporalUi: z.url(), database: z.string() });

/** `weft up`, with everything under it. */
export interface Stack {
  readonly api: string;
  readonly temporal: string;
  readonly nats: string;
  readonly database: string;
  /** Where the Temporal UI shows a work item's workflow. */
  readonly linkTo: (workflowId: string) => string;
  /** The process of worker and bridge, null while there is none. */
  readonly findWorker: () => number | null;
  /** Stops `weft up` itself, which restarts nothing then, and lets it go on. */
  readonly pause: () => void;
  readonly resume: () => void;
}

export interface BootedStack extends Stack {
  /** Ends all of it. Resolves with the exit code, null when it had to be killed. */
  readonly stop: () => Promise<number | null>;
}

export interface StackOptions {
  /** The stage that it belongs to. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What is set for it beside the directory; empty = the default configuration. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Starts `weft up` on free ports and waits until it serves. When that fails, or `signal` aborts, nothing is left running;
 * `hurry` cuts the waiting for its end short.
 * Not with `--ephemeral`: its data is the stage's, which is removed with it, unless there is something to look into.
 */
export async function bootStack(options: StackOptions, { signal, hurry }: { signal: AbortSignal; hurry: AbortSignal }): Promise<BootedStack> {
  const child = startUp(options);
  const stop = (): Promise<number | null> => stopUp(child, hurry);
  try {
    const ready = await readReadyLine(child, signal);
    return { ...toStack(ready, child, options.directory), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startUp({ directory, environment, settings }: StackOptions): ChildProcess {
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, environment[name]]));
  const log = openSync(join(directory, 'up.log'), 'a');
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/main.ts', 'up', '--port', '0', '--json'], {
    cwd: ROOT,
    // Its own group: Ctrl-C reaches the demo, which ends it in order.
    detached: true,
    env: { ...inherited, ...settings, WEFT_DATA_DIR: dataDirectoryOf(directory) },
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);
  return child;
}

async function readReadyLine(child: ChildProcess, signal: AbortSignal): Promise<z.infer<typeof Ready>> {
  const state: { line: string | null; ended: boolean } = { line: null, ended: false };
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      state.line ??= line;
    });
  }
  child.once('exit', () => {
    state.ended = true;
  });
  const line = await waitFor({ what: 'weft up to be ready', timeoutMs: READY_TIMEOUT_MS, signal }, () => {
    if (state.line === null && state.ended) throw new UnmetExpectation('weft up to be ready', `it ended with code ${String(child.exitCode)}`);
    return state.line;
  });
  return Ready.parse(JSON.parse(line));
}

function toStack({ api, nats, temporal, temporalUi, database }: z.infer<typeof Ready>, child: ChildProcess, directory: string): Stack {
  const signalUp = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  return {
    api,
    temporal,
    nats,
    database,
    linkTo: (workflowId) => `${temporalUi}/namespaces/weft/workflows/${workflowId}`,
    findWorker: () => workerOf(directory)?.pid ?? null,
    pause: () => {
      signalUp('SIGSTOP');
    },
    resume: () => {
      signalUp('SIGCONT');
    },
  };
}

async function stopUp(child: ChildProcess, hurry: AbortSignal): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return child.exitCode;
  // A case may have left it paused.
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  if (await exits(child, STOP_TIMEOUT_MS, hurry)) return child.exitCode;
  // The second signal tells it to cut its own waiting short.
  child.kill('SIGTERM');
  if (await exits(child, HURRY_TIMEOUT_MS)) return child.exitCode;
  signalProcess(-child.pid, 'SIGKILL');
  await exits(child, HURRY_TIMEOUT_MS);
  return null;
}

async function exits(child: ChildProcess, timeoutMs: number, hurry?: AbortSignal): Promise<boolean> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = hurry === undefined ? timeout : AbortSignal.any([timeout, hurry]);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit', { signal }).catch(() => undefined); // the time is up
  return child.exitCode !== null || child.signalCode !== null;
}
