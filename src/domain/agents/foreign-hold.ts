import type { AgentGuid, Fence, ProjectId, WorkId } from '../ids.ts';
import type { AgentProtocol } from './registry-record.ts';

/** An agent that Weft did not start, and one item of its. */
export interface ForeignHold {
  readonly guid: AgentGuid;
  /** The agent's own. */
  readonly projectId: ProjectId;
  readonly protocol: AgentProtocol;
  readonly workId: WorkId;
  readonly fence: Fence;
}
