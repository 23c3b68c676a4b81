import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process that can be told from any later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, as the system tells it; only ever compared. */
  readonly startedAt: string;
}

// Fields of /proc/<pid>/stat after the name in parentheses, which may itself contain anything (man 5 proc).
const STATE = 0;
const START_TICKS = 19;

/** The identity of a living process, or null when there is none (a zombie is none). */
export function identify(pid: number): ProcessIdentity | null {
  const startedAt = process.platform === 'linux' ? startedAtFromProc(pid) : startedAtFromPs(pid);
  return startedAt === null ? null : { pid, startedAt };
}

/** True while this very process lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

function startedAtFromProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[STATE] === 'Z' || fields[STATE] === 'X' ? null : (fields[START_TICKS] ?? null);
  } catch {
    return null;
  }
}

function startedAtFromPs(pid: number): string | null {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 5000 }).trim() || null;
  } catch {
    return null;
  }
}
