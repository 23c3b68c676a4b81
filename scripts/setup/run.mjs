import { spawn } from 'node:child_process';

const OUTPUT_CHARS_MAX = 4000;

/** Runs a program; resolves with its exit code (null when it could not be started or took too long) and the end of its output. */
export function run(program, args, { env = process.env, cwd, timeoutMs }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-OUTPUT_CHARS_MAX);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
