import { toSessionInput } from '../src/contract/session-input.ts';
import type { SessionClocks } from '../src/contract/session-input.ts';
import type { AgentGuid } from '../src/domain/ids.ts';
import type { SessionLedger } from '../src/ports/ledger/session-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';

export interface StartSessionDeps extends SessionClocks {
  readonly sessions: Pick<SessionLedger, 'find'>;
  readonly engine: Pick<WorkEngine, 'startSession'>;
}

/** Has the supervision of an agent started whose row says `starting`, and the agent with it; idempotent by GUID. */
export async function startSession({ sessions, engine, ...clocks }: StartSessionDeps, guid: AgentGuid): Promise<void> {
  const session = await sessions.find(guid);
  if (session !== null) await engine.startSession(toSessionInput(session, 'supervise', clocks));
}
