import { sql } from 'kysely';
import type { CompiledQuery } from 'kysely';
import type { WorkId } from '../../domain/ids.ts';
import type { WorkItem } from '../../domain/work/work-item.ts';
import { batched } from './batch.ts';
import type { Database, Db } from './database.ts';
import { WAITS_FOR_SLOT } from './admit.ts';
import { queuePosition } from './queue-position.ts';
import { toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';

type FoundRow = Parameters<typeof toWorkItem>[0];

const FIND_MAX = 100;
// Stands in the built statement where the ids will be.
const IDS: readonly WorkId[] = [];

/** Looks work items up by their ids; calls of the same moment share a statement. */
export function createFindWork(database: Database): (workId: WorkId) => Promise<WorkItem | null> {
  return createFinder(database, { build, toItem: toWorkItem });
}

/** The same, with the place in the queue of those that wait. */
export function createFindPlacedWork(database: Database): (workId: WorkId) => Promise<WorkItem | null> {
  return createFinder(database, { build: buildPlaced, toItem: (row: FoundRow & { position: number | null }) => placed(toWorkItem(row), row.position) });
}

/** Who was not reached by a round yet is told how many stand before it: those are looked at first. */
function placed(item: WorkItem, position: number | null): WorkItem {
  if (position === null) return item;
  const behind = item.reason === WAITS_FOR_SLOT && position > 1 ? { reason: `${WAITS_FOR_SLOT} behind ${String(position - 1)} others` } : {};
  return { ...item, ...behind, position };
}

interface Finding<R> {
  readonly build: (db: Db) => CompiledQuery;
  readonly toItem: (row: R) => WorkItem;
}

function createFinder<R extends FoundRow>(database: Database, { build: buildOne, toItem }: Finding<R>): (workId: WorkId) => Promise<WorkItem | null> {
  // Built once: building it costs more than its rows.
  let built: CompiledQuery | undefined;
  const find = batched(async (workIds: readonly WorkId[]) => {
    const { rows } = await database.read((db) => {
      built ??= buildOne(db);
      return db.executeQuery<R>({ ...built, parameters: built.parameters.map((value) => (value === IDS ? workIds : value)) });
    });
    return new Map(rows.map((row) => [row.id, toItem(row)]));
  }, FIND_MAX);
  // As PostgreSQL writes them; a UUID in capitals is the same one.
  return (workId) => find(workId.toLowerCase());
}

/** One parameter, however many ids there are. */
function build(db: Db): CompiledQuery {
  return select(db).compile();
}

function buildPlaced(db: Db): CompiledQuery {
  const position = queuePosition({
    projectId: sql.ref('x.project_id'),
    submitter: sql.ref('x.submitter'),
    priority: sql.ref('x.priority'),
    rankAt: sql.ref('x.rank_at'),
    workId: sql.ref('x.work_id'),
  });
  return select(db)
    .select(sql<number | null>`(SELECT ${position} FROM queue x WHERE x.work_id = work_items.id AND x.due AND work_items.phase = 'waiting')`.as('position'))
    .compile();
}

function select(db: Db) {
  return db
    .selectFrom('work_items')
    .select(WORK_ITEM_COLUMNS)
    .where(sql<boolean>`id = any(${IDS}::uuid[])`);
}
