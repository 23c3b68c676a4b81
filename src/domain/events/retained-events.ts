/** How many of the newest events the published stream holds; older ones are read from the ledger. */
export const EVENTS_RETAINED_MAX = 50_000;
