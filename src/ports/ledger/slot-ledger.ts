import type { AgentGuid } from '../../domain/ids.ts';
import type { LedgerRound } from '../../domain/scheduling/grant.ts';

export interface SlotLedger {
  /**
   * One transaction under an advisory lock taken first (statement timeout below the caller's start-to-close): reads queue
   * (the first `queueMax` per project), free agents, targets (and whether their hosts are open), policies, calls the pure
   * `decide`, writes slots (each with its item's next fence; one active slot per item by constraint), decisions with reasons,
   * waiting reasons, sessions of the spin-ups that are served, and events. Returns the new grants and those unanswered for longer than `resendMs` (an item answers at once
   * when it can, and each signal costs it history); `lookAgainInMs` is at most `resendMs` while any is unanswered.
   */
  grantSlots: (bounds: { queueMax: number; grantsMax: number; resendMs: number }) => Promise<LedgerRound>;
  /** The supervision of these agents was started: they are in no later round's `starts`. */
  recordStarted: (guids: readonly AgentGuid[]) => Promise<void>;
}
