import { assumedSentAtMs, decideHeartbeat, supervisionIntervalMs } from '../src/domain/agents/heartbeat-throttle.ts';
import type { AgentGuid } from '../src/domain/ids.ts';
import type { SessionLedger } from '../src/ports/ledger/session-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { BoundedMap } from './bounded-map.ts';

export interface SupervisionBeatsDeps {
  readonly sessions: Pick<SessionLedger, 'findSupervision' | 'recordRegistered' | 'recordFailedExit'>;
  readonly engine: Pick<WorkEngine, 'heartbeat' | 'completeSupervision' | 'wakeCoordinator'>;
  readonly lostTimeoutMs: number;
  readonly nowMs: () => number;
}

export interface SupervisionBeats {
  /** The runner has shown that it lives. Throws when the ledger or the engine is away; a later heartbeat tries again. */
  readonly beat: (guid: AgentGuid) => Promise<void>;
  /** The runner says that it has done all it was started for: ends its supervision. `hasFailed`: with an error. Throws likewise. */
  readonly leave: (guid: AgentGuid, hasFailed: boolean) => Promise<void>;
}

interface Supervised {
  /** null: nobody supervises it, as far as we know. */
  readonly taskToken: Uint8Array | null;
  readonly lookedUpAtMs: number;
  readonly lookAgainMs: number;
  readonly registered: boolean;
  sentAtMs: number;
}

const SESSIONS_REMEMBERED_MAX = 5000;
// A session that is just starting, or whose supervision has just been replaced, has its new token in the ledger within moments.
const LOOK_AGAIN_MS = 2000;
// One that registered by itself never has one.
const LOOK_AGAIN_MS_MAX = 16_000;

/** Keeps the supervising activity of each agent alive; the ledger is read only when the token is not known. */
export function createSupervisionBeats({ sessions, engine, lostTimeoutMs, nowMs }: SupervisionBeatsDeps): SupervisionBeats {
  const known = new BoundedMap<AgentGuid, Supervised>(SESSIONS_REMEMBERED_MAX);
  const intervalMs = supervisionIntervalMs(lostTimeoutMs);

  async function find(guid: AgentGuid): Promise<Supervised> {
    const entry = known.get(guid);
    if (entry !== undefined && (entry.taskToken !== null || nowMs() < entry.lookedUpAtMs + entry.lookAgainMs)) return entry;
    const lookedUpAtMs = nowMs();
    const asked = toAsked(entry, lookedUpAtMs);
    // Written before we ask, so that the heartbeats that come meanwhile do not ask as well.
    known.set(guid, asked);
    const supervision = await sessions.findSupervision(guid);
    if (supervision === null) return asked;
    if (!asked.registered) await register(guid);
    const found = { ...asked, taskToken: supervision.taskToken, lookAgainMs: LOOK_AGAIN_MS, registered: true };
    known.set(guid, found);
    return found;
  }

  function toAsked(entry: Supervised | undefined, lookedUpAtMs: number): Supervised {
    if (entry === undefined) {
      return { taskToken: null, lookedUpAtMs, lookAgainMs: LOOK_AGAIN_MS, registered: false, sentAtMs: assumedSentAtMs(lookedUpAtMs, intervalMs) };
    }
    const lookAgainMs = entry.registered ? LOOK_AGAIN_MS : Math.min(LOOK_AGAIN_MS_MAX, entry.lookAgainMs * 2);
    return { ...entry, taskToken: null, lookedUpAtMs, lookAgainMs };
  }

  async function register(guid: AgentGuid): Promise<void> {
    const { targetRecovered } = await sessions.recordRegistered(guid);
    if (targetRecovered) await engine.wakeCoordinator();
  }

  return {
    beat: async (guid) => {
      const session = await find(guid);
      if (session.taskToken === null) return;
      const seenAtMs = nowMs();
      const { sentAtMs } = session;
      // What comes too soon needs no repeat: the runner beats by itself, and the interval is shorter than its own.
      if (decideHeartbeat({ sentAtMs, intervalMs }, { nowMs: seenAtMs, lastActivityMs: seenAtMs }).kind !== 'send') return;
      session.sentAtMs = seenAtMs;
      try {
        const answer = await engine.heartbeat(session.taskToken);
        if (answer === 'gone') known.set(guid, { ...session, taskToken: null });
      } catch (error) {
        session.sentAtMs = sentAtMs;
        throw error;
      }
    },
    leave: async (guid, hasFailed) => {
      const session = await find(guid);
      if (session.taskToken === null) return;
      // Before its session ends by it.
      if (hasFailed) await sessions.recordFailedExit(guid);
      await engine.completeSupervision(session.taskToken);
      // Its supervision may have been replaced in between; the agent repeats itself until it is told to go.
      known.set(guid, { ...session, taskToken: null, lookedUpAtMs: nowMs() });
    },
  };
}
