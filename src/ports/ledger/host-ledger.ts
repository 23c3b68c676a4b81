import type { Author } from '../../domain/access/actor.ts';
import type { Session } from '../../domain/agents/session.ts';
import type { Host } from '../../domain/hosts/host.ts';
import type { AgentGuid, HostId, ProjectId } from '../../domain/ids.ts';
import type { Page, PageRequest } from './page.ts';

export interface HostQuery {
  /** Hosts belong to everybody; of one that other projects use as well only what is of these is shown, and one that none of them uses not at all. */
  readonly projects: readonly ProjectId[] | 'all';
  readonly page: PageRequest<HostId>;
}

interface DeclaredGone {
  readonly host: Host;
  /** Those of its agents that are not known to be gone, at most 1,000; their supervision is to be told. */
  readonly agents: readonly AgentGuid[];
  /** Why they end. */
  readonly message: string;
}

/** The machines whose workers start agents. Every method throws `LEDGER_UNAVAILABLE` when PostgreSQL is away. */
export interface HostLedger {
  /** In order of id. */
  list: (query: HostQuery) => Promise<Page<Host>>;
  /**
   * The host does not come back: it takes no starts, and its free agents no work. Throws `HOST_IS_UP` while its worker is there;
   * again changes nothing. Null = there is no such host.
   */
  declareGone: (hostId: HostId, wish: { reason: string | null; author: Author }) => Promise<DeclaredGone | null>;
  /** The worker of the host is there. `isDeclaredGone`: all the same somebody has declared it gone, and it must come back first. */
  beat: (hostId: HostId) => Promise<{ readonly isDeclaredGone: boolean }>;
  /** The worker of the host leaves in order: from now on it is not there. */
  leave: (hostId: HostId) => Promise<void>;
  /**
   * The worker of the host is there, for the first time or again, on a machine that calls itself `hostname`: it is not gone any more, and no further agent is given up for it. It takes no starts
   * before `openHost`.
   */
  comeBack: (host: { hostId: HostId; hostname: string }) => Promise<void>;
  /** Agents that were declared gone with the host and that nobody has verified since, in order of GUID. */
  listLeftBehind: (hostId: HostId, limit: number) => Promise<readonly Session[]>;
  /** Nothing of that agent is left. */
  recordVerified: (guid: AgentGuid) => Promise<void>;
}
