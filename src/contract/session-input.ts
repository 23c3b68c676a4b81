import { localSpinQueue } from './names.ts';
import type { AgentSessionInput } from '../domain/agents/session-input.ts';
import type { Session } from '../domain/agents/session.ts';

/** The clocks of every supervision. */
export interface SessionClocks {
  readonly registerTimeoutMs: number;
  readonly lostTimeoutMs: number;
}

/** What the workflow that supervises a session is started with. */
export function toSessionInput(session: Session, mode: AgentSessionInput['mode'], { registerTimeoutMs, lostTimeoutMs }: SessionClocks): AgentSessionInput {
  const { guid, projectId, workId, targetName, mechanism, agentType, hostId } = session;
  return { guid, mode, projectId, workId, targetName, mechanism, agentType, hostQueue: localSpinQueue(hostId), registerTimeoutMs, lostTimeoutMs };
}
