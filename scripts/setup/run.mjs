import { spawn } from 'node:child_process';

// npm says first why it fails, compilers say it last; what lies between is cut.
const HEAD_CHARS_MAX = 2000;
const TAIL_CHARS_MAX = 2000;

const running = new Set();

/**
 * Runs a program; resolves with its exit code (null when it could not be started or took too long) and both ends of its output.
 * It gets a process group of its own: a compiler that outlives its `go` would hold our pipes open for ever.
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, timeoutMs: number }} options
 */
export function run(program, args, { env = process.env, cwd, timeoutMs }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    running.add(child);
    const output = bothEnds();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      endGroup(child);
    }, timeoutMs);
    const end = (result) => {
      clearTimeout(timer);
      running.delete(child);
      resolve(result);
    };
    child.stdout.on('data', output.keep);
    child.stderr.on('data', output.keep);
    child.once('error', (error) => end({ code: null, output: error.message }));
    child.once('close', (code) => end(late ? { code: null, output: `${output.text()}\nended after ${timeoutMs / 1000} s` } : { code, output: output.text() }));
  });
}

function bothEnds() {
  let head = '';
  let tail = '';
  let cut = false;
  return {
    keep: (chunk) => {
      const room = HEAD_CHARS_MAX - head.length;
      const text = String(chunk);
      head += text.slice(0, room);
      tail += text.slice(room);
      cut ||= tail.length > TAIL_CHARS_MAX;
      tail = tail.slice(-TAIL_CHARS_MAX);
    },
    text: () => (cut ? `${head}\n…\n${tail}` : head + tail),
  };
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
