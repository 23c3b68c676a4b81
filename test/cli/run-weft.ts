import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
// For a machine that is busy.
const CHILD_TIMEOUT_MS = 60_000;
/** Of a test that runs some of them, one after the other. */
export const TIMEOUT_MS = 240_000;

type Env = Readonly<Record<string, string>>;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a process of its own, with this environment and no more, until it ends. */
export function runWeft(args: readonly string[], env: Env = {}, stdin = ''): Promise<Ran> {
  const { child, ended } = startWeft(args, env);
  child.stdin.end(stdin);
  return ended;
}

/** The same, to be looked at while it runs. */
export function startWeft(args: readonly string[], env: Env = {}) {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), MAIN, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    timeout: CHILD_TIMEOUT_MS,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // One that has ended reads nothing any more.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<Ran>((resolve) => {
    child.once('close', (code) => {
      resolve({ code: code ?? -1, stdout, stderr });
    });
  });
  return { child, ended, lines: () => stdout.split('\n').slice(0, -1) };
}
