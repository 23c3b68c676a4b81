import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { SessionLedger } from '../src/ports/ledger/session-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';

const POLL_MS = 100;
const SESSIONS_MAX = 1000;

/**
 * The clean stop of a host: no new starts here, then every session of the host ends (its item's attempt is interrupted, not
 * counted), until all are verified gone or `timeoutMs` has passed. What is left then, `weft up` ends, or the next start of this host finds it again.
 */
export async function stopLocalAgents(
  deps: { sessions: SessionLedger; engine: WorkEngine; logger: Logger },
  host: { hostId: string; timeoutMs: number },
): Promise<void> {
  const { sessions, engine, logger } = deps;
  const deadline = performance.now() + host.timeoutMs;
  await sessions.closeHost(host.hostId);
  const told = new Set<string>();
  for (;;) {
    const left = await sessions.listOnHost(host.hostId, SESSIONS_MAX);
    if (left.length === 0) return;
    if (performance.now() > deadline) {
      logger.warn({ agentGuids: left.map(({ guid }) => guid) }, 'agents are still stopping; weft up, or the next start, looks after them');
      return;
    }
    for (const { guid } of left.filter((session) => !told.has(session.guid))) {
      try {
        await engine.stopSession(guid, 'this host is being stopped');
        told.add(guid);
      } catch (err) {
        logger.warn({ err, agentGuid: guid }, 'the session could not be told to stop; it is told again');
      }
    }
    await delay(POLL_MS);
  }
}
