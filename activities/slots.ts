import type { SlotActivities } from '../src/contract/activities.ts';
import type { SlotLedger } from '../src/ports/ledger/slot-ledger.ts';

// What one round reads per project and what it tells at most; a round that is cut says so and is followed by another.
// A grant is told again when it is unanswered for this long: its signal was lost with a coordinator that died.
const BOUNDS = { queueMax: 200, grantsMax: 100, resendMs: 5000 };

/** One granting round. */
export function createSlotActivities(slots: SlotLedger): SlotActivities {
  return { grantSlots: () => slots.grantSlots(BOUNDS) };
}
