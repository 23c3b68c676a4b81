import type { ProjectId } from '../ids.ts';
import type { QueueEntry, Snapshot } from './snapshot.ts';

// What a slot is taken to cost when nothing is known of the submitter's earlier ones.
const MINUTES_PER_SLOT = 1;

/**
 * Agent-minutes held within the last hour, of each submitter and of each project. Every grant of this round, and every slot
 * that is held only just, is charged what the submitter's slots usually take: otherwise one of them would get all in a row.
 */
export class RunningCosts {
  readonly #bySubmitter = new Map<string, number>();
  readonly #byProject = new Map<ProjectId, number>();
  readonly #charges = new Map<string, number>();
  readonly #weights: ReadonlyMap<ProjectId, number>;

  constructor({ projects, spent, held }: Pick<Snapshot, 'projects' | 'spent' | 'held'>) {
    this.#weights = new Map(projects.map(({ projectId, weight }) => [projectId, weight]));
    for (const { medianMinutes, ...who } of spent) this.#charges.set(keyOf(who), medianMinutes);
    for (const { minutes, ...who } of spent) this.#add(who, minutes);
    for (const { minutes, slots, ...who } of held) this.#add(who, Math.max(minutes, slots * this.#chargeOf(who)));
  }

  /** By weight: a project of weight 2 may hold twice as much. */
  ofProject(projectId: ProjectId): number {
    return (this.#byProject.get(projectId) ?? 0) / (this.#weights.get(projectId) ?? 1);
  }

  ofSubmitter(who: Submitter): number {
    return this.#bySubmitter.get(keyOf(who)) ?? 0;
  }

  charge(who: Submitter): void {
    this.#add(who, this.#chargeOf(who));
  }

  #chargeOf(who: Submitter): number {
    return this.#charges.get(keyOf(who)) ?? MINUTES_PER_SLOT;
  }

  #add(who: Submitter, minutes: number): void {
    this.#bySubmitter.set(keyOf(who), this.ofSubmitter(who) + minutes);
    this.#byProject.set(who.projectId, (this.#byProject.get(who.projectId) ?? 0) + minutes);
  }
}

type Submitter = Pick<QueueEntry, 'projectId' | 'submitter'>;

// No project id has a space.
function keyOf({ projectId, submitter }: Submitter): string {
  return `${projectId} ${submitter}`;
}
