import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process that can be told from any later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Which boot of the machine, and when in it the process was started; only ever compared. */
  readonly startedAt: string;
}

// Fields of /proc/<pid>/stat after the name in parentheses, which may itself contain anything (man 5 proc).
const STATE = 0;
const GROUP = 2;
const START_TICKS = 19;
const ENDED = new Set(['Z', 'X']);
const ON_LINUX = process.platform === 'linux';
const PS_TIMEOUT_MS = 5000;

/** The identity of a living process, or null when there is none (a zombie is none). */
export function identify(pid: number): ProcessIdentity | null {
  const startedAt = ON_LINUX ? startedAtFromProc(pid) : startedAtFromPs(pid);
  return startedAt === null ? null : { pid, startedAt };
}

/** True while this very process lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** True while a living process (a zombie is none) belongs to the group. */
export function hasMembers(group: number): boolean {
  if (ON_LINUX) return livingProcesses().some((pid) => statOf(pid)?.[GROUP] === String(group));
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

/** Numbers of all processes that can be seen; Linux only. */
export function livingProcesses(): readonly number[] {
  return readdirSync('/proc').filter(isNumber).map(Number);
}

function startedAtFromProc(pid: number): string | null {
  const ticks = statOf(pid)?.[START_TICKS];
  return ticks === undefined ? null : `${bootId()}:${ticks}`;
}

/** The fields after the name, or null when the process has ended. */
function statOf(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ENDED.has(fields[STATE] ?? '') ? null : fields;
  } catch {
    return null;
  }
}

let knownBootId: string | undefined;

function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return knownBootId;
}

function startedAtFromPs(pid: number): string | null {
  try {
    const [state = '', ...startedAt] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: PS_TIMEOUT_MS })
      .trim()
      .split(/\s+/);
    return ENDED.has(state.charAt(0)) ? null : startedAt.join(' ') || null;
  } catch {
    return null;
  }
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}
