import type { Assignment } from '../domain/agents/commands.ts';
import type { WarpWord } from '../domain/agents/warp-word.ts';
import type { AgentGuid, Fence, WorkId } from '../domain/ids.ts';
import type { ReportDisposal } from './agent-inbox.ts';

/** An item that agents can see until it is taken or withdrawn. */
export interface WarpOffer {
  /** Somebody has taken it from the queue; who, only the agent can say. False for one that went to an agent's inbox. */
  readonly isTaken: () => Promise<boolean>;
  /** Says it again to an inbox, whose reader may have missed it; the queue keeps it. */
  readonly repeat: () => Promise<void>;
  readonly withdraw: () => Promise<void>;
}

/** Agents that know Warp's tools only. Methods throw `BUS_UNAVAILABLE` when NATS is away or refuses. */
export interface WarpAgents {
  /**
   * Offers the item: to everybody who has registered the capability with Warp (`queue`), or to its agent's own inbox, which is
   * read by the agent alone, and not reliably.
   */
  offer: (assignment: Assignment, route: 'queue' | 'inbox') => Promise<WarpOffer>;
  /** Tells an agent that it does not have, or no longer has, the item. Best effort. */
  reject: (agent: { guid: AgentGuid; workId: WorkId; fence: Fence | null }, reason: string) => Promise<void>;
  /** Reads what agents say to us until `signal` aborts; each word is acknowledged when it was `taken`. Creates what is missing. */
  readWords: (onWord: (word: WarpWord) => Promise<ReportDisposal>, signal: AbortSignal) => Promise<void>;
  /** Writes our own entry into the registry, without which Warp's tools let nobody speak to us. */
  keepEntry: () => Promise<void>;
}
