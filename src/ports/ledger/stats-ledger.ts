import type { ProjectCounts } from '../../domain/stats/stats.ts';

/** How much there is of everything. */
export interface StatsLedger {
  /** Every project's counts, counted from rows, in order of project; at most 10,000 projects. Throws `LEDGER_UNAVAILABLE`. */
  readCounts: () => Promise<readonly ProjectCounts[]>;
}
