import type { AgentGuid, ProjectId } from '../domain/ids.ts';

/** What an agent is told that is to stop; with a `reason` when no person has asked for it. */
interface StopSignal {
  readonly reason?: 'idle-timeout';
  readonly graceful: boolean;
}

/** What is said to agents that Weft did not start; nobody answers, and who does not listen never knows. */
export interface AgentSignals {
  /** Asks them to stop. Throws `BUS_UNAVAILABLE` when NATS has not taken it. */
  askToStop: (agents: readonly { guid: AgentGuid; projectId: ProjectId }[], signal: StopSignal) => Promise<void>;
}
