import { byRank, levelOf } from './ageing.ts';
import type { RunningCosts } from './running-costs.ts';
import type { QueueEntry } from './snapshot.ts';
import { SortedList } from './sorted-list.ts';

/** Items of one submitter that need the same, in their order. */
interface Line {
  readonly entries: readonly QueueEntry[];
  /** The highest level from each place on: an urgent item lends its level to those of its own submitter that stand before it. */
  readonly levels: readonly number[];
  /** The same once the line was served: nothing has aged since. */
  readonly levelsServed: readonly number[];
}

/** A line as it stands in the order. */
interface Place {
  readonly line: Line;
  readonly next: number;
  readonly head: QueueEntry;
  readonly level: number;
  readonly projectCost: number;
  readonly submitterCost: number;
}

/**
 * Whose turn it is: the most urgent level first, within a level the project with the smaller running cost for its weight, then
 * its submitter with the smaller running cost, then who stands longer. Whoever was served stands behind by what that costs.
 */
export class Turns {
  readonly #costs: RunningCosts;
  readonly #places: SortedList<Place>;

  /** `kindOf` names what an item needs: those of one kind are refused together. */
  constructor(entries: readonly QueueEntry[], { costs, nowMs, kindOf }: { costs: RunningCosts; nowMs: number; kindOf: (entry: QueueEntry) => string }) {
    this.#costs = costs;
    const places = toLines(entries, { nowMs, kindOf }).flatMap((line) => this.#placeOf(line, 0) ?? []);
    this.#places = new SortedList(places.sort(comparePlaces), comparePlaces);
  }

  /** Who is next; it stays there until it is served or dismissed. */
  next(): QueueEntry | undefined {
    return this.#first()?.head;
  }

  /** The first one was granted what it needs. */
  serve(): void {
    const place = this.#first();
    if (place === undefined) return;
    this.#costs.charge(place.head);
    const { line, next } = place;
    this.#places.remove(0);
    const behind = this.#placeOf(line, next + 1);
    if (behind !== undefined) this.#places.insert(behind);
  }

  /** Nobody of the first one's line can be served; returns them all. */
  dismiss(): readonly QueueEntry[] {
    const place = this.#first();
    if (place === undefined) return [];
    this.#places.remove(0);
    return place.line.entries.slice(place.next);
  }

  #first(): Place | undefined {
    return this.#places.settle(0, (place) => this.#refresh(place));
  }

  /** Costs only grow, so a place only moves back. */
  #refresh(place: Place): Place {
    const projectCost = this.#costs.ofProject(place.head.projectId);
    const submitterCost = this.#costs.ofSubmitter(place.head);
    return projectCost === place.projectCost && submitterCost === place.submitterCost ? place : { ...place, projectCost, submitterCost };
  }

  #placeOf(line: Line, next: number): Place | undefined {
    const head = line.entries[next];
    if (head === undefined) return undefined;
    const level = (next === 0 ? line.levels : line.levelsServed)[next] ?? 0;
    return { line, next, head, level, projectCost: this.#costs.ofProject(head.projectId), submitterCost: this.#costs.ofSubmitter(head) };
  }
}

function toLines(entries: readonly QueueEntry[], { nowMs, kindOf }: { nowMs: number; kindOf: (entry: QueueEntry) => string }): readonly Line[] {
  const lines = new Map<string, QueueEntry[]>();
  for (const entry of entries) {
    const key = `${kindOf(entry)} ${entry.submitter}`;
    const line = lines.get(key);
    if (line === undefined) lines.set(key, [entry]);
    else line.push(entry);
  }
  return [...lines.values()].map((line) => {
    const ordered = line.sort(byRank);
    return { entries: ordered, levels: highestFrom(ordered, (entry) => levelOf(entry, nowMs)), levelsServed: highestFrom(ordered, ({ priority }) => priority) };
  });
}

function highestFrom(entries: readonly QueueEntry[], levelOfOne: (entry: QueueEntry) => number): readonly number[] {
  const levels = entries.map(levelOfOne);
  for (let place = levels.length - 2; place >= 0; place--) levels[place] = Math.max(levels[place] ?? 0, levels[place + 1] ?? 0);
  return levels;
}

function comparePlaces(a: Place, b: Place): number {
  return b.level - a.level || a.projectCost - b.projectCost || a.submitterCost - b.submitterCost || byRank(a.head, b.head);
}
