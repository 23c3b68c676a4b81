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

/** A line as it stands among those of its submitter. */
interface Place {
  readonly line: Line;
  readonly next: number;
  readonly head: QueueEntry;
  readonly level: number;
}

/** A submitter, or a project, as it stands among the others: by what is first in it. */
interface Front<T> {
  readonly inner: SortedList<T>;
  readonly first: Place;
  readonly cost: number;
}

type Standing = Pick<Front<unknown>, 'first' | 'cost'>;
type SubmitterFront = Front<Place>;
type ProjectFront = Front<SubmitterFront>;

/**
 * Whose turn it is: the most urgent level first, within a level the project with the smaller running cost for its weight, then
 * its submitter with the smaller running cost, then who stands longer. Whoever was served stands behind by what that costs;
 * nobody else's place depends on it.
 */
export class Turns {
  readonly #costs: RunningCosts;
  readonly #projects: SortedList<ProjectFront>;

  /** `kindOf` names what an item needs: those of one kind are refused together. */
  constructor(entries: readonly QueueEntry[], { costs, nowMs, kindOf }: { costs: RunningCosts; nowMs: number; kindOf: (entry: QueueEntry) => string }) {
    this.#costs = costs;
    const projects = groupBy(entries, ({ projectId }) => projectId).map((ofProject) => {
      const submitters = groupBy(ofProject, ({ submitter }) => submitter).map((own) =>
        toSorted(
          groupBy(own, kindOf).flatMap((line) => placeOf(toLine(line, nowMs), 0) ?? []),
          comparePlaces,
        ),
      );
      return toSorted(
        submitters.flatMap((places) => this.#submitterFront(places) ?? []),
        compareFronts,
      );
    });
    this.#projects = toSorted(
      projects.flatMap((submitters) => this.#projectFront(submitters) ?? []),
      compareFronts,
    );
  }

  /** Who is next; it stays there until it is served or dismissed. */
  next(): QueueEntry | undefined {
    return this.#projects.first()?.first.head;
  }

  /** The first one was granted what it needs. */
  serve(): void {
    const first = this.#projects.first()?.first;
    if (first === undefined) return;
    this.#costs.charge(first.head);
    this.#replaceFirst(placeOf(first.line, first.next + 1));
  }

  /** Nobody of the first one's line can be served; returns them all. */
  dismiss(): readonly QueueEntry[] {
    const first = this.#projects.first()?.first;
    if (first === undefined) return [];
    this.#replaceFirst(undefined);
    return first.line.entries.slice(first.next);
  }

  /** The first line's next place, with what that means for its submitter and its project. */
  #replaceFirst(behind: Place | undefined): void {
    const submitters = this.#projects.first()?.inner;
    const places = submitters?.first()?.inner;
    if (submitters === undefined || places === undefined) return;
    places.replaceFirst(behind);
    submitters.replaceFirst(this.#submitterFront(places));
    this.#projects.replaceFirst(this.#projectFront(submitters));
  }

  #submitterFront(inner: SortedList<Place>): SubmitterFront | undefined {
    const first = inner.first();
    return first === undefined ? undefined : { inner, first, cost: this.#costs.ofSubmitter(first.head) };
  }

  #projectFront(inner: SortedList<SubmitterFront>): ProjectFront | undefined {
    const first = inner.first()?.first;
    return first === undefined ? undefined : { inner, first, cost: this.#costs.ofProject(first.head.projectId) };
  }
}

function placeOf(line: Line, next: number): Place | undefined {
  const head = line.entries[next];
  if (head === undefined) return undefined;
  return { line, next, head, level: (next === 0 ? line.levels : line.levelsServed)[next] ?? 0 };
}

function toLine(entries: readonly QueueEntry[], nowMs: number): Line {
  const ordered = [...entries].sort(byRank);
  return { entries: ordered, levels: highestFrom(ordered, (entry) => levelOf(entry, nowMs)), levelsServed: highestFrom(ordered, ({ priority }) => priority) };
}

function highestFrom(entries: readonly QueueEntry[], levelOfOne: (entry: QueueEntry) => number): readonly number[] {
  const levels = entries.map(levelOfOne);
  for (let place = levels.length - 2; place >= 0; place--) levels[place] = Math.max(levels[place] ?? 0, levels[place + 1] ?? 0);
  return levels;
}

function comparePlaces(a: Place, b: Place): number {
  return b.level - a.level || byRank(a.head, b.head);
}

function compareFronts(a: Standing, b: Standing): number {
  return b.first.level - a.first.level || a.cost - b.cost || byRank(a.first.head, b.first.head);
}

function toSorted<T>(entries: T[], compare: (a: T, b: T) => number): SortedList<T> {
  return new SortedList(entries.sort(compare), compare);
}

function groupBy(entries: readonly QueueEntry[], keyOf: (entry: QueueEntry) => string): readonly (readonly QueueEntry[])[] {
  const groups = new Map<string, QueueEntry[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return [...groups.values()];
}
