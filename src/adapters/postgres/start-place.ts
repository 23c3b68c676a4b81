import { sql } from 'kysely';
import type { SelectQueryBuilder } from 'kysely';
import type { Db } from './database.ts';
import type { Tables, TargetRow } from './tables.ts';

/** A target with what the machine of its host calls itself, as far as that is known. */
export interface StartPlace extends TargetRow {
  readonly hostname: string | null;
}

export function selectStartPlaces(db: Db): SelectQueryBuilder<Tables, 'targets', StartPlace> {
  return db
    .selectFrom('targets')
    .selectAll()
    .select(sql<string | null>`(SELECT h.hostname FROM hosts h WHERE h.id = targets.host_id)`.as('hostname'));
}
