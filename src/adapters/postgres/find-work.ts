import { sql } from 'kysely';
import type { CompiledQuery } from 'kysely';
import type { WorkId } from '../../domain/ids.ts';
import type { WorkItem } from '../../domain/work/work-item.ts';
import { batched } from './batch.ts';
import { createBriefMemory } from './brief-memory.ts';
import type { Database, Db } from './database.ts';
import { WAITS_FOR_SLOT } from './admit.ts';
import { queuePosition } from './queue-position.ts';
import { toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';

type FoundRow = Parameters<typeof toWorkItem>[0];
type PlacedRow = FoundRow & { readonly waits: boolean; readonly position: number | null };

const FIND_MAX = 100;
// Counting a place reads what stands before it, so many who ask for the same item share a count.
const POSITION_AGE_MS_MAX = 1000;
const POSITIONS_MAX = 10_000;
// Stand in the built statement where the ids will be: of all, and of those whose place is to be counted.
const IDS: readonly WorkId[] = [];
const TO_PLACE: readonly WorkId[] = [];

/** Looks work items up by their ids; calls of the same moment share a statement. */
export function createFindWork(database: Database): (workId: WorkId) => Promise<WorkItem | null> {
  const built = once((db) => selectFound(db).compile());
  return createFinder(async (workIds) => {
    const { rows } = await database.read((db) => db.executeQuery<FoundRow>(withIds(built(db), { workIds, toPlace: [] })));
    return rows.map(toWorkItem);
  });
}

/** The same, with the place in the queue of those that wait, which is up to `POSITION_AGE_MS_MAX` old. */
export function createFindPlacedWork(database: Database): (workId: WorkId) => Promise<WorkItem | null> {
  const built = once(buildPlaced);
  const positions = createBriefMemory<WorkId, number>({ ageMsMax: POSITION_AGE_MS_MAX, sizeMax: POSITIONS_MAX, nowMs: () => performance.now() });
  return createFinder(async (workIds) => {
    const known = new Map(workIds.map((workId) => [workId, positions.get(workId)]));
    const toPlace = workIds.filter((workId) => known.get(workId) === undefined);
    const { rows } = await database.read((db) => db.executeQuery<PlacedRow>(withIds(built(db), { workIds, toPlace })));
    return rows.map((row) => {
      if (row.position !== null) positions.put(row.id, row.position);
      const item = toWorkItem(row);
      // Onto the item itself: a copy with fields added makes a layout of its own each time, which all who read it pay for.
      return row.waits ? Object.assign(item, placeOf(item, row.position ?? known.get(row.id))) : item;
    });
  });
}

/** Who was not reached by a round yet is told how many stand before it: those are looked at first. */
function placeOf({ reason }: WorkItem, position: number | undefined): Pick<WorkItem, 'reason' | 'position'> {
  if (position === undefined) return {};
  if (reason !== WAITS_FOR_SLOT || position === 1) return { position };
  const ahead = position - 1;
  return { reason: `${WAITS_FOR_SLOT} behind ${String(ahead)} ${ahead === 1 ? 'other' : 'others'}`, position };
}

function createFinder(load: (workIds: readonly WorkId[]) => Promise<readonly WorkItem[]>): (workId: WorkId) => Promise<WorkItem | null> {
  const find = batched(async (workIds: readonly WorkId[]) => new Map((await load(workIds)).map((item) => [item.id, item])), FIND_MAX);
  // As PostgreSQL writes them; a UUID in capitals is the same one.
  return (workId) => find(workId.toLowerCase());
}

/** Building a statement costs more than its rows. */
function once(build: (db: Db) => CompiledQuery): (db: Db) => CompiledQuery {
  let built: CompiledQuery | undefined;
  return (db) => (built ??= build(db));
}

function withIds(built: CompiledQuery, { workIds, toPlace }: { workIds: readonly WorkId[]; toPlace: readonly WorkId[] }): CompiledQuery {
  return { ...built, parameters: built.parameters.map((value) => (value === IDS ? workIds : value === TO_PLACE ? toPlace : value)) };
}

function buildPlaced(db: Db): CompiledQuery {
  const position = queuePosition({
    projectId: sql.ref('x.project_id'),
    submitter: sql.ref('x.submitter'),
    priority: sql.ref('x.priority'),
    rankAt: sql.ref('x.rank_at'),
    workId: sql.ref('x.work_id'),
  });
  const standing = sql`FROM queue x WHERE x.work_id = work_items.id AND work_items.phase = 'waiting'`;
  return selectFound(db)
    .select([
      // A look by key for each row; EXISTS is planned as a scan of a queue that is short, and stays one when it has grown.
      sql<boolean>`coalesce((SELECT x.due ${standing}), false)`.as('waits'),
      sql<number | null>`(SELECT ${position} ${standing} AND x.due AND x.work_id = any(${TO_PLACE}::uuid[]))`.as('position'),
    ])
    .compile();
}

/** One parameter, however many ids there are. */
function selectFound(db: Db) {
  return db
    .selectFrom('work_items')
    .select(WORK_ITEM_COLUMNS)
    .where(sql<boolean>`id = any(${IDS}::uuid[])`);
}
