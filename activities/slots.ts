import type { SlotActivities } from '../src/contract/activities.ts';
import type { SlotLedger } from '../src/ports/ledger/slot-ledger.ts';

// What one round reads per project and what it tells at most; a round that is cut says so and is followed by another.
const BOUNDS = { queueMax: 200, grantsMax: 100 };

/** One granting round. */
export function createSlotActivities(slots: SlotLedger): SlotActivities {
  return { grantSlots: () => slots.grantSlots(BOUNDS) };
}
