import type { ForeignHold } from '../../domain/agents/foreign-hold.ts';
import type { AgentProtocol } from '../../domain/agents/registry-record.ts';
import type { WarpWord } from '../../domain/agents/warp-word.ts';
import type { Fence, ProjectId, WorkId } from '../../domain/ids.ts';
import type { EndedLease } from './session-ledger.ts';

/** What a word of an agent that knows Warp's tools only is worth. */
export type WordVerdict =
  /** The agent has the item: a report under this fence and token. */
  | { readonly kind: 'heeded'; readonly projectId: ProjectId; readonly workId: WorkId; readonly fence: Fence; readonly runToken: string }
  /** Somebody else has it, or nobody: recorded once. `nowAtRest`: the next attempt waited for this word. */
  | { readonly kind: 'refused'; readonly workId: WorkId; readonly nowAtRest: boolean }
  /** None of our items. */
  | { readonly kind: 'unknown' };

export interface OfferState {
  /** Also when it is no longer offered under this fence. */
  readonly isClaimed: boolean;
  /** Everybody who can take it from Warp's queue may have it. */
  readonly mayShare: boolean;
}

/** What agents that registered by themselves hold, and may be at work on: nobody here can end them. */
export interface ForeignLedger {
  /** Live leases of those that have left or fallen silent, but for those under which a final report is parked; at most `limit`. */
  listDeserted: (limit: number) => Promise<readonly EndedLease[]>;
  /** Items that were taken from agents which are still there and were not heard to have stopped, and were last told `notSinceMs` ago. */
  listToStop: (bounds: { notSinceMs: number; limit: number }) => Promise<readonly ForeignHold[]>;
  /** The agent has said that it is not at work under this fence (any more): the next attempt need not wait for it. */
  recordAtRest: (hold: Pick<ForeignHold, 'guid' | 'workId' | 'fence'>) => Promise<void>;
  heedWord: (word: WarpWord) => Promise<WordVerdict>;
  lookAtOffer: (offer: Pick<ForeignHold, 'workId' | 'fence'>) => Promise<OfferState>;
  /** Who has the item under this fence, and whether it is there; null = no agent that registered by itself. */
  findHolder: (hold: Pick<ForeignHold, 'workId' | 'fence'>) => Promise<{ readonly protocol: AgentProtocol; readonly isThere: boolean } | null>;
}
