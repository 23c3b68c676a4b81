import { mergeAgents, withLedger } from '../../src/domain/agents/merge-agents.ts';
import type { Agent } from '../../src/domain/agents/agent.ts';
import { toAgent } from '../../src/domain/agents/registry-record.ts';
import { AgentGuid } from '../../src/domain/ids.ts';
import type { AgentRegistry } from '../../src/ports/agent-registry.ts';
import type { AgentLedger } from '../../src/ports/ledger/agent-ledger.ts';
import type { Page, PageRequest } from '../../src/ports/ledger/page.ts';

export interface AgentSources {
  readonly registry: Pick<AgentRegistry, 'list' | 'find' | 'whenRead' | 'nowMs'>;
  readonly agents: Pick<AgentLedger, 'listStarted' | 'findStarted'>;
}

// Only a process that has just begun waits at all; without NATS it answers with what the ledger knows.
const FIRST_READ_WAIT_MS = 1000;

/** All agents of all projects, in order of GUID. */
export async function listAgents({ registry, agents }: AgentSources): Promise<readonly Agent[]> {
  await registry.whenRead(FIRST_READ_WAIT_MS);
  const nowMs = registry.nowMs();
  const registered = registry.list().map((record) => toAgent(record, nowMs));
  return mergeAgents(registered, await agents.listStarted(registered.map(({ guid }) => guid)));
}

/** One agent, offline ones included; null when nobody knows it. */
export async function findAgent({ registry, agents }: AgentSources, guid: string): Promise<Agent | null> {
  if (!AgentGuid.safeParse(guid).success) return null;
  await registry.whenRead(FIRST_READ_WAIT_MS);
  const record = registry.find(guid);
  const entry = record === null ? undefined : toAgent(record, registry.nowMs());
  const started = await agents.findStarted(guid);
  return started === null ? (entry ?? null) : withLedger(entry, started);
}

/** A page of what stands in memory, in order of GUID, which is the position. */
export function pageOfAgents(agents: readonly Agent[], { limit, from }: PageRequest<string>): Page<Agent> {
  const after = from?.direction === 'after' ? agents.findIndex(({ guid }) => guid > from.position) : 0;
  if (from?.direction === 'before') {
    const firstBeyond = agents.findIndex(({ guid }) => guid >= from.position);
    const end = firstBeyond === -1 ? agents.length : firstBeyond;
    const start = Math.max(0, end - limit);
    return { items: agents.slice(start, end), hasBefore: start > 0, hasAfter: end < agents.length };
  }
  const start = after === -1 ? agents.length : after;
  return { items: agents.slice(start, start + limit), hasBefore: start > 0, hasAfter: start + limit < agents.length };
}
