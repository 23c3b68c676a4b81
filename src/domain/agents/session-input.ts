import type { AgentGuid, ProjectId, WorkId } from '../ids.ts';
import type { AgentType, MechanismName } from '../targets/target.ts';

/** Input of `agentSession`; all it needs, so that it reads nothing. */
export interface AgentSessionInput {
  readonly guid: AgentGuid;
  /** `reap`: an earlier run was ended by an operator; only stop what it left. */
  readonly mode: 'supervise' | 'reap';
  readonly projectId: ProjectId;
  /** For whom the agent is started; null for `reap`. */
  readonly workId: WorkId | null;
  readonly targetName: string;
  readonly mechanism: MechanismName;
  readonly agentType: AgentType;
  /** Task queue of the host that may touch the processes. */
  readonly hostQueue: string;
  readonly registerTimeoutMs: number;
  readonly lostTimeoutMs: number;
}
