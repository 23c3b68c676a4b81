import { spawn } from 'node:child_process';

const OUTPUT_CHARS_MAX = 4000;

const running = new Set();

/**
 * Runs a program; resolves with its exit code (null when it could not be started or took too long) and the end of its output.
 * It gets a process group of its own: a compiler that outlives its `go` would hold our pipes open for ever.
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, timeoutMs: number }} options
 */
export function run(program, args, { env = process.env, cwd, timeoutMs }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    running.add(child);
    let output = '';
    let late = false;
    const keep = (chunk) => {
      output = (output + chunk).slice(-OUTPUT_CHARS_MAX);
    };
    const timer = setTimeout(() => {
      late = true;
      endGroup(child);
    }, timeoutMs);
    const end = (result) => {
      clearTimeout(timer);
      running.delete(child);
      resolve(result);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => end({ code: null, output: error.message }));
    child.once('close', (code) => end(late ? { code: null, output: `${output}\nended after ${timeoutMs / 1000} s` } : { code, output }));
  });
}

/** Ends whatever still runs: a signal of the terminal does not reach other process groups. */
export function endRuns() {
  for (const child of running) endGroup(child);
}

function endGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
