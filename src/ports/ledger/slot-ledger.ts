import type { GrantRound } from '../../domain/scheduling/grant.ts';

export interface SlotLedger {
  /**
   * One transaction under an advisory lock taken first (statement timeout below the caller's start-to-close): reads queue
   * (the first `queueMax` per project), free agents, targets, policies, calls the pure `decide`, writes slots (each with its
   * item's next fence; one active slot per item by constraint), decisions with reasons, waiting reasons and events.
   */
  grantSlots: (bounds: { queueMax: number; grantsMax: number }) => Promise<GrantRound>;
}
