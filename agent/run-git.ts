import { spawn } from 'node:child_process';

export interface GitCall {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** Bounds the call in time; git is killed when it fires. */
  readonly signal: AbortSignal;
}

export interface GitAnswer {
  /** True when git succeeded, or when it was stopped because enough was read. */
  readonly ok: boolean;
  readonly stdout: string;
  readonly truncated: boolean;
}

// A user's configuration must not make us start a daemon, ask for a password or take a lock that the harness needs.
// What we write is thrown away soon, so it need not reach the disk: on a busy one that takes seconds.
const CONFIG = ['-c', 'core.fsmonitor=false', '-c', 'core.quotePath=false', '-c', 'core.fsync=none', '-c', 'gc.auto=0', '--no-optional-locks'];

/** Runs git and reads at most `bytesMax` of its output. Never throws: no git, a failure and an abort are all `ok: false`. */
export async function runGit(call: GitCall, args: readonly string[], bytesMax: number): Promise<GitAnswer> {
  if (call.signal.aborted) return { ok: false, stdout: '', truncated: false };
  return new Promise((resolve) => {
    const git = spawn('git', [...CONFIG, ...args], {
      cwd: call.directory,
      env: { ...call.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
      signal: call.signal,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    git.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > bytesMax) git.kill('SIGKILL');
    });
    git.on('error', () => {
      resolve({ ok: false, stdout: '', truncated: false });
    });
    git.on('close', (code) => {
      const truncated = bytes > bytesMax;
      // A character cut in half at the end becomes U+FFFD, which is honest enough for a text that is marked as cut.
      resolve({ ok: code === 0 || truncated, stdout: Buffer.concat(chunks).subarray(0, bytesMax).toString('utf8'), truncated });
    });
  });
}
