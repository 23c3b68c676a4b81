import type { EntityType, WeftEvent } from '../../domain/events/event.ts';
import type { Db } from './database.ts';
import { toWeftEvent } from './to-event.ts';

/** What happened to one thing, in order, after its event `afterSeq`. */
export async function readHistory(db: Db, of: { type: EntityType; id: string }, page: { afterSeq: number; limit: number }): Promise<readonly WeftEvent[]> {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('entity_type', '=', of.type)
    .where('entity_id', '=', of.id)
    .where('seq', '>', page.afterSeq)
    .orderBy('seq')
    .limit(page.limit)
    .execute();
  return rows.map(toWeftEvent);
}
