import type { ProjectId } from '../ids.ts';
import type { MechanismName } from '../targets/target.ts';
import type { ProjectUse, QueueEntry, Snapshot, SlotsMaxBy } from './snapshot.ts';

/** Slots that are left of a project's limits, while one decision is made: of the whole, and by mechanism, capability and submitter. */
export class SlotLimits {
  readonly #projects: ReadonlyMap<ProjectId, ProjectUse>;
  readonly #held = new Map<string, number>();

  constructor({ projects, held }: Pick<Snapshot, 'projects' | 'held'>) {
    this.#projects = new Map(projects.map((project) => [project.projectId, project]));
    for (const { projectId, slotsHeld } of projects) this.#add([projectId], slotsHeld);
    for (const { projectId, submitter, capability, mechanism, slots } of held) this.#addEach({ projectId, submitter, capability, mechanism }, slots);
  }

  /** Which limit keeps the item from any slot, in a sentence; null when none does. */
  whyNone({ projectId, submitter, needs: { capability } }: Pick<QueueEntry, 'projectId' | 'submitter' | 'needs'>): string | null {
    const project = this.#projects.get(projectId);
    if (project === undefined || this.#heldOf([projectId]) >= project.slotsMax) return 'the project is at its limit of slots';
    if (this.#isFull(project.slotsMaxByCapability, [projectId, 'capability', capability]))
      return `the project is at its limit of slots for the capability "${capability}"`;
    if (this.#isFull(project.slotsMaxBySubmitter, [projectId, 'submitter', submitter])) return `"${submitter}" is at the limit of slots in the project`;
    return null;
  }

  mechanismHasSlot(projectId: ProjectId, mechanism: MechanismName): boolean {
    return !this.#isFull(this.#projects.get(projectId)?.slotsMaxByMechanism, [projectId, 'mechanism', mechanism]);
  }

  take({ projectId, submitter, needs: { capability } }: Pick<QueueEntry, 'projectId' | 'submitter' | 'needs'>, mechanism: MechanismName | null): void {
    this.#add([projectId], 1);
    this.#addEach({ projectId, submitter, capability, mechanism }, 1);
  }

  #isFull(limits: SlotsMaxBy | undefined, [projectId, kind, name]: readonly [ProjectId, string, string]): boolean {
    if (limits === undefined) return false;
    const max = Object.hasOwn(limits, name) ? limits[name] : limits['*'];
    return max !== undefined && this.#heldOf([projectId, kind, name]) >= max;
  }

  #addEach({ projectId, submitter, capability, mechanism }: HeldBy, slots: number): void {
    this.#add([projectId, 'submitter', submitter], slots);
    if (capability !== null) this.#add([projectId, 'capability', capability], slots);
    if (mechanism !== null) this.#add([projectId, 'mechanism', mechanism], slots);
  }

  #heldOf(of: readonly string[]): number {
    return this.#held.get(of.join('\n')) ?? 0;
  }

  #add(of: readonly string[], slots: number): void {
    this.#held.set(of.join('\n'), this.#heldOf(of) + slots);
  }
}

type HeldBy = Pick<Snapshot['held'][number], 'projectId' | 'submitter' | 'capability' | 'mechanism'>;
