import type { SessionEnd } from '../../domain/agents/session-end.ts';
import type { Handle, Session } from '../../domain/agents/session.ts';
import type { AgentGuid, HostId } from '../../domain/ids.ts';
import type { MechanismConfig } from '../../domain/targets/mechanism-config.ts';
import type { LiveLease } from './lease-ledger.ts';

/** The supervision of an agent, for heartbeats. */
interface Supervision {
  readonly guid: AgentGuid;
  readonly taskToken: Uint8Array;
}

/** The lease that ends with a session. */
export interface EndedLease extends LiveLease {
  /** The agent was a free one and has never shown that it took the item: nothing was tried. */
  readonly untouched?: boolean;
}

/** Rows of agent sessions; written by their workflow's activities, idempotent. */
export interface SessionLedger {
  find: (guid: AgentGuid) => Promise<Session | null>;
  /** What the spin-up needs; null when the session may not be started any more (draining, gone, its item cancelled or re-fenced). */
  findForSpinUp: (guid: AgentGuid) => Promise<{ session: Session; config: MechanismConfig } | null>;
  /** Keeps the handle of what was started (event `spin-up:started`). */
  recordHandle: (guid: AgentGuid, handle: Handle) => Promise<void>;
  /** Keeps the supervising activity's task token, for the bridge's heartbeats. Returns how the session stands; null when there is none. */
  recordSupervision: (guid: AgentGuid, taskToken: Uint8Array) => Promise<Pick<Session, 'state' | 'workId'> | null>;
  findSupervision: (guid: AgentGuid) => Promise<Supervision | null>;
  /** The command that the agent was started for has ended with an error; a session that has ended keeps what it said. */
  recordFailedExit: (guid: AgentGuid) => Promise<void>;
  /**
   * The agent has registered: starting → busy, or free when it has no item and is to take some (events `agent:registered`, `spin-up:completed`); later calls change nothing.
   * `targetRecovered`: by this start the target takes others again.
   */
  recordRegistered: (guid: AgentGuid) => Promise<{ readonly targetRecovered: boolean }>;
  /**
   * The session ends: state draining, out of the free set (event). Returns the live lease of the item it works on, which the
   * caller fails (or, when untouched, refuses), or null.
   */
  recordEnding: (guid: AgentGuid, end: { cause: SessionEnd; message: string }) => Promise<EndedLease | null>;
  /** Verified gone: holds nothing any more (event `agent:gone`). */
  recordGone: (guid: AgentGuid) => Promise<void>;
  /**
   * Gone, though nobody has verified it, because its host was declared gone: holds nothing any more (event `agent:gone`, `verified: false`),
   * and is stopped by the host should that come back. `host-is-back`: it did, and nothing was recorded: the host stops it like any other.
   */
  giveUp: (guid: AgentGuid) => Promise<'given-up' | 'host-is-back'>;
  /** A worker of this host is there and takes starts from now on (also again, and when it was declared gone); until then, and after `closeHost`, none is granted there. */
  openHost: (hostId: HostId) => Promise<void>;
  closeHost: (hostId: HostId) => Promise<void>;
  /** Sessions of this host that are not gone, at most `limit`. */
  listOnHost: (hostId: HostId, limit: number) => Promise<readonly Session[]>;
}
