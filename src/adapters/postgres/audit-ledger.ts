import { sql } from 'kysely';
import type { Selectable, SqlBool } from 'kysely';
import type { AuditEntry } from '../../domain/access/audit.ts';
import type { AuditFilter, AuditLedger } from '../../ports/ledger/audit-ledger.ts';
import type { Database } from './database.ts';
import { readPage } from './read-page.ts';
import type { Tables } from './tables.ts';

/** Who changed what. */
export function createAuditLedger(database: Database): AuditLedger {
  return {
    list: async (filter, page) => {
      const { rows, ...ends } = await readPage(page, (limit) =>
        database.read((db) => {
          let query = db.selectFrom('audit').selectAll().where(matches(filter));
          const backwards = page.from?.direction === 'before';
          if (page.from !== null) query = query.where('id', backwards ? '>' : '<', page.from.position);
          return query
            .orderBy('id', backwards ? 'asc' : 'desc')
            .limit(limit)
            .execute();
        }),
      );
      return { ...ends, items: rows.map(toEntry) };
    },
  };
}

function matches({ reach, since, until, ...given }: AuditFilter) {
  const conditions = [
    ...(reach === 'all' ? [] : [sql<SqlBool>`project_id = any(${[...reach]}::text[])`]),
    ...(since === undefined ? [] : [sql<SqlBool>`at >= ${since}::timestamptz`]),
    ...(until === undefined ? [] : [sql<SqlBool>`at < ${until}::timestamptz`]),
    ...(given.actor === undefined ? [] : [sql<SqlBool>`actor = ${given.actor}`]),
    ...(given.action === undefined ? [] : [sql<SqlBool>`action = ${given.action}`]),
    ...(given.entityType === undefined ? [] : [sql<SqlBool>`entity_type = ${given.entityType}`]),
    ...(given.entityId === undefined ? [] : [sql<SqlBool>`entity_id = ${given.entityId}`]),
  ];
  return conditions.length === 0 ? sql<SqlBool>`true` : sql<SqlBool>`${sql.join(conditions, sql` AND `)}`;
}

function toEntry(row: Selectable<Tables['audit']>): AuditEntry {
  return {
    id: row.id,
    timestamp: row.at.toISOString(),
    actor: row.actor,
    requestId: row.request_id,
    action: row.action,
    entityType: row.entity_type,
    entityId: row.entity_id,
    projectId: row.project_id,
    before: row.before as AuditEntry['before'], // an object, as its writer gave it
    after: row.after as AuditEntry['after'],
  };
}
