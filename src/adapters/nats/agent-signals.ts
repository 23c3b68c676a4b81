import { WeftError } from '../../domain/errors.ts';
import { shutdownSubjects } from '../../domain/subjects.ts';
import type { AgentSignals } from '../../ports/agent-signals.ts';
import type { NatsConnectionHandle } from './connect.ts';
import { waitAtMost } from './wait-at-most.ts';

const FLUSH_TIMEOUT_MS = 2000;

export function createAgentSignals(nats: NatsConnectionHandle): AgentSignals {
  return {
    askToStop: async (agents, signal) => {
      const link = nats.link();
      if (link === null) throw new WeftError('BUS_UNAVAILABLE', 'NATS is away; the agent could not be told.');
      for (const { guid, projectId } of agents) {
        for (const subject of shutdownSubjects(projectId, guid)) link.connection.publish(subject, JSON.stringify(signal));
      }
      const isTaken = await waitAtMost(link.connection.flush(), FLUSH_TIMEOUT_MS);
      if (!isTaken || link.lost.aborted) throw new WeftError('BUS_UNAVAILABLE', 'NATS did not take the message to the agent.');
    },
  };
}
