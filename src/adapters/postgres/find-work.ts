import { sql } from 'kysely';
import type { CompiledQuery } from 'kysely';
import type { WorkId } from '../../domain/ids.ts';
import type { WorkItem } from '../../domain/work/work-item.ts';
import { batched } from './batch.ts';
import type { Database, Db } from './database.ts';
import { toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';

type FoundRow = Parameters<typeof toWorkItem>[0];

const FIND_MAX = 100;
// Stands in the built statement where the ids will be.
const IDS: readonly WorkId[] = [];

/** Looks work items up by their ids; calls of the same moment share a statement. */
export function createFindWork(database: Database): (workId: WorkId) => Promise<WorkItem | null> {
  // Built once: building it costs more than its rows.
  let built: CompiledQuery | undefined;
  const find = batched(async (workIds: readonly WorkId[]) => {
    const { rows } = await database.read((db) => {
      built ??= build(db);
      return db.executeQuery<FoundRow>({ ...built, parameters: built.parameters.map((value) => (value === IDS ? workIds : value)) });
    });
    return new Map(rows.map((row) => [row.id, toWorkItem(row)]));
  }, FIND_MAX);
  // As PostgreSQL writes them; a UUID in capitals is the same one.
  return (workId) => find(workId.toLowerCase());
}

/** One parameter, however many ids there are. */
function build(db: Db): CompiledQuery {
  return db
    .selectFrom('work_items')
    .select(WORK_ITEM_COLUMNS)
    .where(sql<boolean>`id = any(${IDS}::uuid[])`)
    .compile();
}
