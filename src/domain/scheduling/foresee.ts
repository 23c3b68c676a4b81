import { rankCandidates } from './rank-candidates.ts';
import type { Candidate } from './rank-candidates.ts';
import { Room } from './room.ts';
import type { QueueEntry, Snapshot } from './snapshot.ts';

/**
 * What an item can expect now. agent: a free one · start: one is started for it · full: it waits until an agent or a place is
 * free · nothing: nobody and nowhere could take it.
 */
export type Prospect = 'agent' | 'start' | 'full' | 'nothing';

// An open breaker lets a start through again after a while.
const WAITING_HELPS: ReadonlySet<Candidate['rule']> = new Set(['kept', 'taken', 'at-limit', 'breaker-open', 'unhealthy']);

/**
 * What the next round of granting gives to this entry, when `ahead` others that need the same come before it: the same ranking
 * as the round's own, without placing each of them.
 */
export function foresee(entry: QueueEntry, snapshot: Pick<Snapshot, 'agents' | 'targets' | 'projects'>, ahead: number): Prospect {
  const candidates = rankCandidates(entry, new Room({ ...snapshot, queue: [], spinUps: [] }));
  const kept = candidates.filter((candidate) => candidate.kept);
  const agents = kept.filter(({ choice }) => choice.kind === 'agent').length;
  const roomOf = new Map(snapshot.targets.map(({ id, agentsMax, held, breaker }) => [id, breaker === undefined ? agentsMax - held : 1]));
  const starts = kept.reduce((sum, { choice }) => sum + (choice.kind === 'start' ? (roomOf.get(choice.targetId) ?? 0) : 0), 0);
  const project = snapshot.projects.find(({ projectId }) => projectId === entry.projectId);
  const slots = project === undefined ? 0 : project.slotsMax - project.slotsHeld;
  if (ahead < slots && ahead < agents) return 'agent';
  if (ahead < slots && ahead < agents + starts) return 'start';
  return candidates.some(({ rule }) => WAITING_HELPS.has(rule)) ? 'full' : 'nothing';
}
