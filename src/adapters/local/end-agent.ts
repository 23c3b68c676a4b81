import { setTimeout as delay } from 'node:timers/promises';
import type { StopResult } from '../../ports/mechanism.ts';
import type { AgentGuid } from '../../domain/ids.ts';
import { isErrno } from './errno.ts';
import { findMembers } from './find-members.ts';
import { isSameProcess } from './process-facts.ts';
import type { ProcessFacts, ProcessIdentity, ProcessTable } from './process-facts.ts';

export interface AgentToEnd {
  readonly guid: AgentGuid;
  readonly roots: readonly ProcessIdentity[];
  /** Between TERM and KILL. */
  readonly graceMs: number;
}

// KILL needs no time but where a process sleeps in the kernel; the caller tries again later.
const KILL_MS = 5000;
const POLL_MS = 20;
const KILL_ROUND_MS = 100;
// One look can miss a process that forks, or that changes its program, while it is being taken.
const CLEAN_LOOKS = 3;
const DETAIL_PIDS_MAX = 10;

/**
 * Ends every process of an agent: TERM (to the first process's group; to the others once that is gone), grace, KILL until
 * nothing is left. Answers only what was verified.
 */
export async function endAgent(agent: AgentToEnd, table: ProcessTable, signal: AbortSignal): Promise<StopResult> {
  const graceEnd = performance.now() + agent.graceMs;
  const killEnd = graceEnd + KILL_MS;
  const known: ProcessIdentity[] = [];
  const told: ProcessIdentity[] = [];
  for (let cleanLooks = 0; ;) {
    const members = await look(agent, known, table);
    cleanLooks = members.length === 0 ? cleanLooks + 1 : 0;
    if (cleanLooks >= CLEAN_LOOKS) return { kind: 'gone' };
    const nowMs = performance.now();
    if (members.length > 0 && nowMs >= killEnd) return { kind: 'alive', detail: describe(members) };
    if (members.length === 0) {
      await delay(POLL_MS, undefined, { signal });
    } else if (nowMs < graceEnd) {
      const asked = politely(members, agent.roots);
      askToEnd(asked, told, table);
      await waitUntilDead(asked, { table, untilMs: graceEnd }, signal);
    } else {
      killAll(members, table);
      await waitUntilDead(members, { table, untilMs: nowMs + KILL_ROUND_MS }, signal);
    }
  }
}

async function look(agent: AgentToEnd, known: ProcessIdentity[], table: ProcessTable): Promise<readonly ProcessFacts[]> {
  // Nothing of an agent is older than its first process; without one nothing is known about its age.
  const since = agent.roots.length === 0 ? 0 : Math.min(...agent.roots.map(({ startTicks }) => startTicks));
  const members = findMembers(await table.list(since), { guid: agent.guid, roots: agent.roots, known });
  for (const { pid, startTicks } of members) if (!includes(known, { pid, startTicks })) known.push({ pid, startTicks });
  return members.filter(({ pid }) => pid !== process.pid);
}

// The runner ends its harness itself, and reports; only when it is no longer there is the harness asked directly.
function politely(members: readonly ProcessFacts[], roots: readonly ProcessIdentity[]): readonly ProcessFacts[] {
  const group = members.filter(({ groupId }) => roots.some(({ pid }) => pid === groupId));
  return group.length > 0 ? group : members;
}

// One TERM each: many programs take a second one as an order to skip their clean-up.
function askToEnd(processes: readonly ProcessIdentity[], told: ProcessIdentity[], table: ProcessTable): void {
  for (const one of processes) {
    if (includes(told, one)) continue;
    told.push(one);
    send({ to: one.pid, signal: 'SIGTERM', provenBy: one }, table);
    send({ to: one.pid, signal: 'SIGCONT', provenBy: one }, table); // a stopped process sees its TERM only then
  }
}

// A group is killed as a whole where its leader is the agent's: that is atomic, its members cannot fork out of it.
function killAll(members: readonly ProcessFacts[], table: ProcessTable): void {
  for (const one of members) {
    if (one.groupId === one.pid) send({ to: -one.pid, signal: 'SIGKILL', provenBy: one }, table);
    send({ to: one.pid, signal: 'SIGKILL', provenBy: one }, table);
  }
}

function send({ to, signal, provenBy }: { to: number; signal: NodeJS.Signals; provenBy: ProcessIdentity }, table: ProcessTable): void {
  // Looked at again in the same turn: the pid may have found another owner since the list was read.
  if (table.alive([provenBy]).length === 0) return;
  try {
    process.kill(to, signal);
  } catch (error) {
    // It ended meanwhile, or it is another user's; the next look tells which.
    if (!isErrno(error, 'ESRCH', 'EPERM')) throw error;
  }
}

async function waitUntilDead(processes: readonly ProcessIdentity[], wait: { table: ProcessTable; untilMs: number }, signal: AbortSignal): Promise<void> {
  while (performance.now() < wait.untilMs && wait.table.alive(processes).length > 0) await delay(POLL_MS, undefined, { signal });
}

function includes(processes: readonly ProcessIdentity[], wanted: ProcessIdentity): boolean {
  return processes.some((one) => isSameProcess(one, wanted));
}

function describe(members: readonly ProcessFacts[]): string {
  const pids = members.slice(0, DETAIL_PIDS_MAX).map(({ pid }) => String(pid));
  const more = members.length > pids.length ? ` and ${String(members.length - pids.length)} more` : '';
  return `${members.length === 1 ? 'process' : 'processes'} ${pids.join(', ')}${more} still alive after KILL`;
}
