import type { Decisions } from '../../../src/domain/scheduling/decide.ts';
import type { GrantChoice } from '../../../src/domain/scheduling/grant.ts';
import type { QueueEntry, Snapshot } from '../../../src/domain/scheduling/snapshot.ts';

type Held = Omit<Snapshot['held'][number], 'minutes'>;

export function mechanismOf({ agents, targets }: Snapshot, choice: GrantChoice): Held['mechanism'] {
  const found = choice.kind === 'agent' ? agents.find(({ guid }) => guid === choice.agentGuid) : targets.find(({ id }) => id === choice.targetId);
  return found?.mechanism ?? null;
}

/** The limits by name that hold for this item at this mechanism, and how far each is used once all grants are made. */
export function limitsOf(
  pool: Snapshot,
  decisions: Decisions,
  item: Pick<QueueEntry, 'projectId' | 'submitter' | 'needs'> & Pick<Held, 'mechanism'>,
): readonly { readonly max: number; readonly used: number }[] {
  const granted = decisions.grants.flatMap(({ workId, choice }): Held[] => {
    const of = pool.queue.find((one) => one.workId === workId);
    if (of === undefined) return [];
    return [{ projectId: of.projectId, submitter: of.submitter, capability: of.needs.capability, mechanism: mechanismOf(pool, choice), slots: 1 }];
  });
  const all = [...pool.held, ...granted].filter(({ projectId }) => projectId === item.projectId);
  const usedBy = (fits: (one: Held) => boolean): number => all.filter(fits).reduce((sum, { slots }) => sum + slots, 0);
  const project = pool.projects.find(({ projectId }) => projectId === item.projectId);
  const limits = [
    [project?.slotsMaxByMechanism, item.mechanism, (one: Held) => one.mechanism === item.mechanism],
    [project?.slotsMaxByCapability, item.needs.capability, (one: Held) => one.capability === item.needs.capability],
    [project?.slotsMaxBySubmitter, item.submitter, (one: Held) => one.submitter === item.submitter],
  ] as const;
  return limits.flatMap(([by, name, fits]) => {
    const max = by === undefined || name === null ? undefined : (by[name] ?? by['*']);
    return max === undefined ? [] : [{ max, used: usedBy(fits) }];
  });
}
