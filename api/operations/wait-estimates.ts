import type { Prospect } from '../../src/domain/scheduling/foresee.ts';
import type { MedianWaits, RoutingLedger, WaitKind } from '../../src/ports/ledger/routing-ledger.ts';

// Medians of many items change slowly; a burst of submits asks once.
const KEPT_MS = 5000;
const KINDS_MAX = 1000;

interface Kept {
  readonly waits: Promise<MedianWaits>;
  readonly untilMs: number;
}

/** How long items of a kind have waited lately, in seconds; undefined without history, or when nobody could take them. */
export type WaitEstimates = (kind: WaitKind, prospect: Prospect) => Promise<number | undefined>;

/** Asks the ledger at most once in a few seconds for each kind, and keeps a bounded number of kinds. */
export function createWaitEstimates(routing: Pick<RoutingLedger, 'medianWaits'>, nowMs: () => number): WaitEstimates {
  const kept = new Map<string, Kept>();

  function waitsOf(kind: WaitKind): Promise<MedianWaits> {
    const key = JSON.stringify([kind.projectId, kind.capability, kind.boundary]);
    const known = kept.get(key);
    if (known !== undefined && known.untilMs > nowMs()) return known.waits;
    const waits = routing.medianWaits(kind);
    kept.delete(key);
    kept.set(key, { waits, untilMs: nowMs() + KEPT_MS });
    waits.catch(() => kept.delete(key));
    // The one that was asked for first goes: a map keeps that order.
    if (kept.size > KINDS_MAX) kept.delete(kept.keys().next().value ?? key);
    return waits;
  }

  return async (kind, prospect) => {
    if (prospect === 'nothing') return undefined;
    const waits = await waitsOf(kind);
    const seconds = prospect === 'full' ? waits.all : waits[prospect];
    return seconds === null ? undefined : Math.round(seconds * 10) / 10;
  };
}
