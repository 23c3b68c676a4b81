import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { isAlive } from './marked-processes.ts';
import { eventually } from './eventually.ts';

const UP_WITH_STAND_INS = ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('up-main.ts', import.meta.url))];
const READY_TIMEOUT_MS = 60_000;

const Ready = z.strictObject({
  ready: z.literal(true),
  api: z.url(),
  nats: z.string(),
  temporal: z.string(),
  temporalUi: z.url().nullable(),
  database: z.string(),
});
export type Ready = z.infer<typeof Ready>;

const Handles = z.array(z.object({ name: z.string(), pid: z.int() }));

/** A `weft up` in a process of its own. */
export interface RunningUp {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exited: Promise<number | NodeJS.Signals | null>;
  /** What it printed as JSON when it was ready. */
  readonly ready: () => Promise<Ready>;
  readonly signal: (signal: NodeJS.Signals) => void;
}

/** Starts `program` (arguments of Node, by default one with small stand-ins for api and worker). */
export function startUp(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = ['--json', '--port', '0'],
  program: readonly string[] = UP_WITH_STAND_INS,
): RunningUp {
  const child = spawn(process.execPath, [...program, ...args], {
    // The run's mark lets the global teardown find whatever is left behind.
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', WEFT_TEST_SERVERS: process.env['WEFT_TEST_SERVERS'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  let isOver = false;
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('exit', (code, signal) => {
      isOver = true;
      resolve(signal ?? code);
    });
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    exited,
    ready: () =>
      eventually(() => {
        if (!isOver && !output.stdout.includes('\n')) throw new Error(`It is not ready.\n${output.stderr}`);
        return Ready.parse(JSON.parse(output.stdout || JSON.stringify(output.stderr)));
      }, READY_TIMEOUT_MS),
    signal: (signal) => {
      child.kill(signal);
    },
  };
}

/** What `up` has written down as running, by name. */
export function recordedPids(dataDir: string): Readonly<Record<string, number>> {
  const handles = Handles.parse(JSON.parse(readFileSync(join(dataDir, 'processes.json'), 'utf8')));
  return Object.fromEntries(handles.map(({ name, pid }) => [name, pid]));
}

/** Those of the pids that live. */
export function living(pids: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(pids)
    .filter(([, pid]) => isAlive(pid))
    .map(([name]) => name);
}
