import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { GUID_MARKER } from '../../domain/agents/launch.ts';
import { isErrno } from './errno.ts';
import { isSameProcess } from './process-facts.ts';
import type { ProcessFacts, ProcessIdentity, ProcessTable } from './process-facts.ts';

// A host may have thousands of processes. Such a file is there at once, and read by way of the thread pool it costs seven times as much;
// so many take less than a millisecond, then others have a turn.
const READS_AT_ONCE = 64;

type Stat = Omit<ProcessFacts, 'agentGuid'>;

/** The process table of Linux. */
export function createProcTable(): ProcessTable {
  return {
    bootId: async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
    list: listProcesses,
    alive: (processes) => processes.filter(lives),
    identify: (pid) => {
      const stat = readStatNow(pid);
      return stat === null ? null : { pid, startTicks: stat.startTicks };
    },
  };
}

async function listProcesses(sinceTicks: number): Promise<readonly ProcessFacts[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
  const found: ProcessFacts[] = [];
  for (let from = 0; from < pids.length; from += READS_AT_ONCE) {
    if (from > 0) await turn();
    found.push(...pids.slice(from, from + READS_AT_ONCE).flatMap((pid) => readFacts(Number(pid), sinceTicks) ?? []));
  }
  return found;
}

function readFacts(pid: number, sinceTicks: number): ProcessFacts | null {
  const stat = readStatNow(pid);
  if (stat === null || stat.startTicks < sinceTicks) return null;
  return { ...stat, agentGuid: stat.isDead ? null : readMarker(pid) };
}

function readMarker(pid: number): string | null {
  const environment = readEnvironment(pid);
  const entry = environment?.split('\0').find((text) => text.startsWith(`${GUID_MARKER}=`));
  return entry === undefined ? null : entry.slice(GUID_MARKER.length + 1);
}

function readEnvironment(pid: number): string | null {
  try {
    return readFileSync(`/proc/${String(pid)}/environ`, 'utf8');
  } catch (error) {
    // Another user's; such processes are known by parent, group or session only.
    return isErrno(error, 'EACCES', 'EPERM') ? null : nullIfGone(error);
  }
}

function lives(identity: ProcessIdentity): boolean {
  const stat = readStatNow(identity.pid);
  return stat !== null && !stat.isDead && isSameProcess(stat, identity);
}

function readStatNow(pid: number): Stat | null {
  try {
    return parseStat(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch (error) {
    return nullIfGone(error);
  }
}

// A process may end between listing and reading. Any other failure (no descriptors left) must not pass for a death.
function nullIfGone(error: unknown): null {
  if (isErrno(error, 'ENOENT', 'ESRCH')) return null;
  throw error;
}

/** One line of /proc/<pid>/stat; null when it is not one. The name stands in parentheses and may hold spaces and parentheses itself. */
export function parseStat(text: string): Stat | null {
  const nameEnd = text.lastIndexOf(')');
  const fields = text.slice(nameEnd + 2).split(' ');
  const pid = Number.parseInt(text, 10);
  const [parentPid, groupId, sessionId, startTicks] = [fields[1], fields[2], fields[3], fields[19]].map(Number);
  if (nameEnd === -1 || parentPid === undefined || groupId === undefined || sessionId === undefined || startTicks === undefined) return null;
  if (![pid, parentPid, groupId, sessionId, startTicks].every(Number.isSafeInteger)) return null;
  return { pid, parentPid, groupId, sessionId, startTicks, isDead: fields[0] === 'Z' || fields[0] === 'X' };
}
