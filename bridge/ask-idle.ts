import type { Logger } from 'pino';
import { toIdleAgent } from '../src/domain/agents/idle-agent.ts';
import type { AgentRegistry } from '../src/ports/agent-registry.ts';
import type { AgentSignals } from '../src/ports/agent-signals.ts';
import type { AgentLedger } from '../src/ports/ledger/agent-ledger.ts';
import { hasListened } from './has-listened.ts';
import { pause } from './pause.ts';

export interface IdleAskerDeps {
  readonly registry: Pick<AgentRegistry, 'list' | 'nowMs' | 'listeningSinceMs'>;
  readonly agents: Pick<AgentLedger, 'askIdle'>;
  readonly signals: AgentSignals;
  readonly logger: Logger;
  readonly intervalMs: number;
  /** Who seems idle is believed to be only after we have listened for this long. */
  readonly graceMs: number;
}

const BATCH_MAX = 100;

/**
 * Asks agents that Weft did not start to leave when they have been idle for as long as their entry of the registry says. More
 * than that nobody does to them. Until `signal` aborts.
 */
export async function askIdleAgents(deps: IdleAskerDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      if (hasListened(deps)) await ask(deps);
    } catch (error) {
      deps.logger.debug({ err: error }, 'agents that are idle are asked to leave later');
    }
    await pause(deps.intervalMs, signal);
  }
}

async function ask({ registry, agents, signals, logger }: IdleAskerDeps): Promise<void> {
  const nowMs = registry.nowMs();
  const idle = registry.list().flatMap((record) => toIdleAgent(record, nowMs) ?? []);
  for (let index = 0; index < idle.length; index += BATCH_MAX) {
    const asked = await agents.askIdle(idle.slice(index, index + BATCH_MAX), (told) => signals.askToStop(told, { reason: 'idle-timeout', graceful: true }));
    for (const agentGuid of asked) logger.info({ agentGuid }, 'an agent that registered by itself was idle for as long as it may be, and is asked to leave');
  }
}
