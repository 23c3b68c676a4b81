import type { CandidateRule } from './rank-candidates.ts';
import { Room } from './room.ts';
import type { QueueEntry, Snapshot } from './snapshot.ts';

/**
 * What an item can expect now. agent: a free one · start: one is started for it · full: it waits until an agent or a place is
 * free · nothing: nobody and nowhere could take it.
 */
export type Prospect = 'agent' | 'start' | 'full' | 'nothing';

// An open breaker lets a start through again after a while.
const WAITING_HELPS: readonly CandidateRule[] = [
  'needs-approval',
  'taken',
  'at-limit',
  'start-rate',
  'cooling-down',
  'mechanism-limit',
  'breaker-open',
  'unhealthy',
];

/** What the next round of granting gives to this entry, when `ahead` others that need the same come before it. */
export function foresee(entry: QueueEntry, snapshot: Pick<Snapshot, 'agents' | 'targets' | 'projects' | 'held'>, ahead: number): Prospect {
  const room = new Room(snapshot);
  if (entry.needs.gate?.closed === 'everything') return foreseeWaiting(entry, room);
  for (let before = 0; before <= ahead; before++) {
    const choice = room.whyNoSlot(entry) === null ? room.offersFor(entry).best(entry) : null;
    if (choice === null) return foreseeWaiting(entry, room);
    if (before === ahead) return choice.kind;
    room.take(entry, choice);
  }
  return foreseeWaiting(entry, room);
}

/** What an item that gets nothing now waits for. */
export function foreseeWaiting(entry: QueueEntry, room: Room): 'full' | 'nothing' {
  const offers = room.offersFor(entry);
  return offers.best(entry) !== null || WAITING_HELPS.some((rule) => offers.dropped().has(rule)) ? 'full' : 'nothing';
}
