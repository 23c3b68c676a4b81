import type { AgentType } from '../targets/target.ts';
import type { CandidateRule } from './rank-candidates.ts';
import { Room } from './room.ts';
import type { QueueEntry, Snapshot } from './snapshot.ts';

/**
 * What an item can expect now. agent: a free one · start: one is started for it · full: it waits until an agent or a place is
 * free · nothing: nobody and nowhere could take it.
 */
export type Prospect = 'agent' | 'start' | 'full' | 'nothing';

/** A prospect, and of what type the agent is that it means; nobody knows that of an item that waits. */
export interface Expectation {
  readonly prospect: Prospect;
  readonly agentType?: AgentType;
  /** It is among the next for what others hold now. */
  readonly isNext?: true;
}

// With agents that take minutes the last of them waits long; with quick ones they have what they wait for within moments.
const NEXT_MAX = 10;

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
export function foresee(entry: QueueEntry, snapshot: Pick<Snapshot, 'agents' | 'targets' | 'projects' | 'held'>, ahead: number): Expectation {
  const room = new Room(snapshot);
  if (entry.needs.gate?.closed === 'everything') return { prospect: foreseeWaiting(entry, room) };
  let before = 0;
  for (; before <= ahead; before++) {
    const choice = room.whyNoSlot(entry) === null ? room.offersFor(entry).best(entry) : null;
    if (choice === null) break;
    if (before === ahead) return expectationOf(choice.kind, room.agentTypeOf(choice));
    room.take(entry, choice);
  }
  const prospect = foreseeWaiting(entry, room);
  const isNext = prospect === 'full' && ahead - before < NEXT_MAX && isHeldByOthers(entry, room);
  return { prospect, ...(isNext ? { isNext } : {}) };
}

function isHeldByOthers(entry: QueueEntry, room: Room): boolean {
  const dropped = room.offersFor(entry).dropped();
  return room.whyNoSlot(entry) !== null || dropped.has('taken') || dropped.has('at-limit');
}

/** With the agent type, where it is known. */
export function expectationOf(prospect: Prospect, agentType: AgentType | null): Expectation {
  return { prospect, ...(agentType === null ? {} : { agentType }) };
}

/** What an item that gets nothing now waits for. */
export function foreseeWaiting(entry: QueueEntry, room: Room): 'full' | 'nothing' {
  const offers = room.offersFor(entry);
  return offers.best(entry) !== null || WAITING_HELPS.some((rule) => offers.dropped().has(rule)) ? 'full' : 'nothing';
}
