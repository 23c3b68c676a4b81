import type { AgentGuid } from '../../domain/ids.ts';
import { isSameProcess } from './process-facts.ts';
import type { ProcessFacts, ProcessIdentity } from './process-facts.ts';

export interface AgentIdentity {
  readonly guid: AgentGuid;
  /** First processes of the agent, each the leader of its group and session when it was started; dead ones included. */
  readonly roots: readonly ProcessIdentity[];
  /** Processes that were found to be the agent's before; they stay it whatever becomes of their parents. */
  readonly known: readonly ProcessIdentity[];
}

/**
 * The live processes of an agent: those that carry its marker, its roots with their groups and sessions, those known before, and
 * all descendants of these. Zombies do not count. A process that merely has a pid or a group number that was once the agent's is not its.
 */
export function findMembers(processes: readonly ProcessFacts[], agent: AgentIdentity): readonly ProcessFacts[] {
  const members = new Set<number>();
  for (const facts of processes) {
    if (facts.agentGuid === agent.guid || [...agent.roots, ...agent.known].some((one) => isSameProcess(one, facts))) members.add(facts.pid);
  }
  for (const root of agent.roots) {
    if (!numberIsStillOf(root, processes, members)) continue;
    for (const facts of processes) if (isInGroupOf(root, facts)) members.add(facts.pid);
  }
  addDescendants(members, processes);
  return processes.filter((facts) => members.has(facts.pid) && !facts.isDead);
}

// The kernel gives a number to a new process only when no process, group or session bears it. So a group whose leader is dead
// is certainly the agent's only when one of its processes is known to be.
function numberIsStillOf(root: ProcessIdentity, processes: readonly ProcessFacts[], members: ReadonlySet<number>): boolean {
  const holder = processes.find(({ pid }) => pid === root.pid);
  if (holder !== undefined) return isSameProcess(holder, root);
  return processes.some((facts) => isInGroupOf(root, facts) && members.has(facts.pid));
}

function isInGroupOf(root: ProcessIdentity, facts: ProcessFacts): boolean {
  return facts.groupId === root.pid || facts.sessionId === root.pid;
}

function addDescendants(members: Set<number>, processes: readonly ProcessFacts[]): void {
  let before: number;
  do {
    before = members.size;
    for (const facts of processes) if (members.has(facts.parentPid)) members.add(facts.pid);
  } while (members.size > before);
}
