import { WorkId } from '../../src/domain/ids.ts';
import type { ProjectId } from '../../src/domain/ids.ts';
import { BATCH_MAX } from '../../src/domain/work/batch-cancel.ts';
import type { PickedWork, WorkFilter } from '../../src/ports/ledger/work-ledger.ts';
import type { ApiDeps } from '../deps.ts';

interface Asked {
  /** As the caller wrote them. */
  readonly given: readonly string[] | undefined;
  readonly filter: WorkFilter | null;
  /** Whether the project exists for the caller. */
  readonly mayReach: (projectId: ProjectId) => boolean;
  readonly inTimeFirst?: boolean;
}

interface Chosen {
  /** In the order of the answer; also those that do not exist for the caller. */
  readonly ids: readonly string[];
  readonly chosen: ReadonlyMap<string, PickedWork>;
  /** The filter holds for more. */
  readonly hasMore: boolean;
}

/** The items that a batch means: those that are named, those of a filter, or the named ones for which the filter holds. */
export async function chooseWork({ work }: Pick<ApiDeps, 'work'>, { given, filter, mayReach, inTimeFirst = false }: Asked): Promise<Chosen> {
  const named = given === undefined ? null : [...new Set(given.map((id) => normalised(id) ?? id))];
  const uuids = named?.flatMap((id) => normalised(id) ?? []) ?? null;
  const picked = uuids?.length === 0 ? [] : await work.pick({ ids: uuids, filter, limit: BATCH_MAX + 1, inTimeFirst });
  const known = picked.filter((item) => mayReach(item.projectId));
  return {
    ids: named ?? known.slice(0, BATCH_MAX).map(({ id }) => id),
    chosen: new Map(known.map((item) => [item.id, item])),
    hasMore: named === null && known.length > BATCH_MAX,
  };
}

/** Why nothing is done with an id that was not chosen. */
export function notChosen(id: string, filter: WorkFilter | null): string {
  return `There is no work item ${id}${filter === null ? '' : ' that the filter holds for'}.`;
}

function normalised(id: string): WorkId | undefined {
  const parsed = WorkId.safeParse(id);
  return parsed.success ? parsed.data.toLowerCase() : undefined;
}
