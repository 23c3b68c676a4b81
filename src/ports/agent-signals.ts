import type { AgentGuid, ProjectId } from '../domain/ids.ts';

/** What is said to agents that Weft did not start; nobody answers, and who does not listen never knows. */
export interface AgentSignals {
  /** Asks them to stop. Throws `BUS_UNAVAILABLE` when NATS has not taken it. */
  askToStop: (agents: readonly { guid: AgentGuid; projectId: ProjectId }[], graceful: boolean) => Promise<void>;
}
