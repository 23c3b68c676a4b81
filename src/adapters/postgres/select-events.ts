import { sql } from 'kysely';
import type { EventSelection } from '../../domain/events/event-selection.ts';
import type { EventPage } from '../../ports/ledger/event-history.ts';
import type { Db } from './database.ts';

/**
 * A page of events in their order. Of each project its first ones are read by its index, so that a quiet project's page costs
 * no walk over what the others did; all that happened to one entity is read by that. Lists are one parameter each, so that
 * there is one statement however long they are.
 */
export function selectEvents(db: Db, page: EventPage, selection: EventSelection) {
  const { projects, entity } = selection;
  const ofAny = selectFirst(db, page, selection);
  if (projects === 'all') return ofAny;
  if (entity !== undefined) return ofAny.where(sql<boolean>`e.project_id = any(${projects})`);
  return db
    .selectFrom(sql<{ id: string }>`(SELECT DISTINCT unnest(${projects}::text[]) AS id)`.as('p'))
    .innerJoinLateral(selectFirst(db, page, selection).whereRef('e.project_id', '=', sql.ref('p.id')).as('of_project'), (join) => join.onTrue())
    .selectAll('of_project')
    .orderBy('of_project.position')
    .limit(page.limit);
}

function selectFirst(db: Db, { after, upTo, limit }: EventPage, { types, entity }: EventSelection) {
  let query = db.selectFrom('events as e').selectAll('e').where('e.position', '>', String(after));
  if (upTo !== undefined) query = query.where('e.position', '<=', String(upTo));
  if (types !== undefined) query = query.where(sql<boolean>`e.type = any(${types})`);
  if (entity !== undefined) query = query.where('e.entity_type', '=', entity.type).where('e.entity_id', '=', entity.id);
  return query.orderBy('e.position').limit(limit);
}
