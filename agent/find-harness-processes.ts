import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';

/** What names every process of one harness run. */
export interface HarnessIdentity {
  /** Leader of the harness's own process group and session. */
  readonly leaderPid: number;
  /** Its start in clock ticks since boot, so that a reused pid is not mistaken for it; null where /proc does not exist. */
  readonly startTicks: number | null;
  /** Environment entries (`NAME=value`) that all of its processes inherit, also those that left the group. */
  readonly markers: readonly string[];
}

// Then others have a turn.
const READS_AT_ONCE = 64;

interface ProcessFacts {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  readonly sessionId: number;
  readonly startTicks: number;
  readonly isDead: boolean;
}

/** When a process was started, in clock ticks since boot; null where /proc does not exist or the process is gone. Synchronous: ask before the event loop can reap it. */
export function startTicksOf(pid: number): number | null {
  return readStat(pid)?.startTicks ?? null;
}

/**
 * The live processes of a harness, as arguments for `kill`. A process belongs to it when it is in the leader's group or session,
 * descends from one that is, or carries the markers. Zombies do not count. Without /proc only the group as a whole can be asked.
 */
export async function findHarnessProcesses(harness: HarnessIdentity): Promise<readonly number[]> {
  if (harness.startTicks === null) return groupIsAlive(harness.leaderPid) ? [-harness.leaderPid] : [];
  const young = await processesSince(harness.startTicks);
  const members = new Set<number>();
  for (const facts of young) {
    if (facts.groupId === harness.leaderPid || facts.sessionId === harness.leaderPid || carriesMarkers(facts.pid, harness.markers)) members.add(facts.pid);
  }
  addDescendants(members, young);
  return young.filter((facts) => members.has(facts.pid) && !facts.isDead).map((facts) => facts.pid);
}

async function processesSince(startTicks: number): Promise<readonly ProcessFacts[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name) && name !== String(process.pid));
  const found: ProcessFacts[] = [];
  for (const [index, name] of names.entries()) {
    if (index % READS_AT_ONCE === READS_AT_ONCE - 1) await turn();
    const facts = readStat(Number(name));
    // Nothing that the harness started is older than the harness itself.
    if (facts !== null && facts.startTicks >= startTicks) found.push(facts);
  }
  return found;
}

/** null: it has ended since it was listed. */
function readStat(pid: number): ProcessFacts | null {
  return parseStat(readText(`/proc/${String(pid)}/stat`));
}

// Such a file is there at once, and read by way of the thread pool it costs seven times as much.
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Fields of proc(5): the name stands in parentheses and may itself contain spaces and parentheses. */
export function parseStat(text: string): ProcessFacts | null {
  const end = text.lastIndexOf(')');
  const [state, parent, group, session] = text.slice(end + 2).split(' ');
  const startTicks = Number(text.slice(end + 2).split(' ')[19]);
  if (end === -1 || state === undefined || !Number.isFinite(startTicks)) return null;
  return {
    pid: Number.parseInt(text, 10),
    parentPid: Number(parent),
    groupId: Number(group),
    sessionId: Number(session),
    startTicks,
    isDead: state === 'Z' || state === 'X',
  };
}

function carriesMarkers(pid: number, markers: readonly string[]): boolean {
  // Not readable for processes of other users; those can only be known by group, session or parent.
  const entries = readText(`/proc/${String(pid)}/environ`).split('\0');
  return markers.every((marker) => entries.includes(marker));
}

function addDescendants(members: Set<number>, processes: readonly ProcessFacts[]): void {
  let before: number;
  do {
    before = members.size;
    for (const facts of processes) if (members.has(facts.parentPid)) members.add(facts.pid);
  } while (members.size > before);
}

function groupIsAlive(leaderPid: number): boolean {
  try {
    process.kill(-leaderPid, 0);
    return true;
  } catch {
    return false;
  }
}
