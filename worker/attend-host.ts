import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Session } from '../src/domain/agents/session.ts';
import { HOST_BEAT_MS } from '../src/domain/hosts/host.ts';
import type { HostId } from '../src/domain/ids.ts';
import type { MechanismName } from '../src/domain/targets/target.ts';
import type { HostLedger } from '../src/ports/ledger/host-ledger.ts';
import type { SessionLedger } from '../src/ports/ledger/session-ledger.ts';
import type { Mechanism } from '../src/ports/mechanism.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';

export interface AttendHostDeps {
  readonly hosts: Pick<HostLedger, 'beat' | 'leave' | 'comeBack' | 'listLeftBehind' | 'recordVerified'>;
  readonly sessions: Pick<SessionLedger, 'openHost'>;
  readonly engine: Pick<WorkEngine, 'ensureCoordinator'>;
  readonly mechanisms: Readonly<Partial<Record<MechanismName, Mechanism>>>;
  readonly logger: Logger;
}

/** The host that this process is the worker of. */
export interface HostHere {
  readonly hostId: HostId;
  /** What its machine calls itself. */
  readonly hostname: string;
  readonly beatMs?: number;
}

export interface AttendedHost {
  /** The worker leaves in order; call it last. */
  readonly leave: () => Promise<void>;
}

// Nobody waits for what they do any more.
const GRACE_MS = 1000;
const STOPPED_AT_ONCE = 16;
// Together well below the time in which a host that says nothing counts as silent.
const SWEEP_MS_MAX = 15_000;

/**
 * Brings the host back, and says from then on that its worker is there. A host that was declared gone first stops the agents that
 * were given up with it, and only then takes starts: what their places hold now runs elsewhere. The same when the worker was only cut
 * off, and hears of it later.
 */
export async function attendHost(deps: AttendHostDeps, { hostId, hostname, beatMs = HOST_BEAT_MS }: HostHere): Promise<AttendedHost> {
  const leaving = new AbortController();
  const isClean = await arrive(deps, { hostId, hostname });
  const beating = beatUntil(leaving.signal, deps, { hostId, hostname, beatMs, isClean });
  return {
    leave: async () => {
      leaving.abort();
      await beating;
      await deps.hosts.leave(hostId).catch((err: unknown) => {
        deps.logger.warn({ err, hostId }, 'the host could not say that it leaves; it counts as silent soon');
      });
    },
  };
}

/** False when agents that were given up are still there. */
async function arrive(deps: AttendHostDeps, { hostId, hostname }: Pick<HostHere, 'hostId' | 'hostname'>): Promise<boolean> {
  await deps.hosts.comeBack({ hostId, hostname });
  const isClean = await stopLeftBehind(deps, hostId);
  await deps.sessions.openHost(hostId);
  await deps.engine.ensureCoordinator();
  return isClean;
}

interface Attended extends Required<HostHere> {
  readonly isClean: boolean;
}

async function beatUntil(leaving: AbortSignal, deps: AttendHostDeps, { hostId, hostname, beatMs, isClean }: Attended): Promise<void> {
  let isDone = isClean;
  for (;;) {
    await delay(beatMs, undefined, { signal: leaving, ref: false }).catch(() => undefined);
    if (leaving.aborted) return;
    try {
      const { isDeclaredGone } = await deps.hosts.beat(hostId);
      if (isDeclaredGone) deps.logger.warn({ hostId }, 'this host was declared gone and is back');
      if (isDeclaredGone) isDone = await arrive(deps, { hostId, hostname });
      else if (!isDone) isDone = await stopLeftBehind(deps, hostId);
    } catch (err) {
      deps.logger.warn({ err, hostId }, 'the host could not say that it is there; it says so again');
    }
  }
}

/** Each is ended by handle and verified; false when some are left. */
async function stopLeftBehind(deps: AttendHostDeps, hostId: HostId): Promise<boolean> {
  const signal = AbortSignal.timeout(SWEEP_MS_MAX);
  while (!signal.aborted) {
    const left = await deps.hosts.listLeftBehind(hostId, STOPPED_AT_ONCE);
    if (left.length === 0) return true;
    const ended = await Promise.all(left.map((session) => stopOne(deps, session, signal)));
    if (ended.includes(false)) return false;
  }
  return false;
}

async function stopOne({ hosts, mechanisms, logger }: AttendHostDeps, session: Session, signal: AbortSignal): Promise<boolean> {
  const { guid, handle, mechanism } = session;
  try {
    const result = await mechanisms[mechanism]?.stop({ guid, handle, graceMs: GRACE_MS }, signal);
    if (result?.kind !== 'gone') throw new Error(result?.detail ?? `there is no mechanism "${mechanism}" here`);
    await hosts.recordVerified(guid);
    logger.info({ agentGuid: guid }, 'an agent that was given up with this host is gone');
    return true;
  } catch (err) {
    logger.warn({ err, agentGuid: guid }, 'an agent that was given up with this host could not be stopped; it is tried again');
    return false;
  }
}
