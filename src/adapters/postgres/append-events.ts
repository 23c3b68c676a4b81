import { sql } from 'kysely';
import { WeftError } from '../../domain/errors.ts';
import type { EntityType, EventData, EventName } from '../../domain/events/event.ts';
import type { AgentGuid, Fence, ProjectId } from '../../domain/ids.ts';
import type { Tx } from './database.ts';
import { toJson } from './json.ts';

/** An event as its writer names it. The key makes a repeat harmless. */
export interface NewEvent {
  readonly key: string;
  readonly entityType: EntityType;
  readonly entityId: string;
  readonly projectId: ProjectId;
  readonly type: EventName;
  readonly data: EventData;
  readonly fence?: Fence;
  readonly agentGuid?: AgentGuid;
  /** What the writer is told now, and on every repeat; JSON. */
  readonly reply?: unknown;
}

const ENTITY_TABLES = {
  work: { table: sql.table('work_items'), id: sql.ref('id'), cast: sql`uuid` },
  agent: { table: sql.table('sessions'), id: sql.ref('guid'), cast: sql`text` },
  target: { table: sql.table('targets'), id: sql.ref('id'), cast: sql`uuid` },
} as const;

/**
 * Records events, at most one per entity and call, all of one entity type. Each gets its entity's next number under the row's
 * lock, in the caller's transaction. One whose key is known changes nothing; with another body it throws `EVENT_KEY_REUSED`.
 */
export async function appendEvents(tx: Tx, entityType: EntityType, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const { table, id, cast } = ENTITY_TABLES[entityType];
  const written = await sql<{ event_key: string }>`
    WITH input AS (
      SELECT * FROM jsonb_to_recordset(${toJson(events)}::jsonb)
        AS e(key text, "entityId" ${cast}, "projectId" text, type text, data jsonb, fence integer, "agentGuid" text, reply jsonb)
    ), fresh AS (
      SELECT * FROM input WHERE NOT EXISTS (SELECT 1 FROM events WHERE event_key = input.key)
    ), numbered AS (
      UPDATE ${table} AS entity SET event_seq = entity.event_seq + 1, updated_at = now()
      FROM fresh WHERE entity.${id} = fresh."entityId"
      RETURNING fresh.key, entity.event_seq
    )
    INSERT INTO events (entity_type, entity_id, seq, event_key, project_id, type, data, fence, agent_guid, reply)
    SELECT ${entityType}, fresh."entityId"::text, numbered.event_seq, fresh.key, fresh."projectId", fresh.type, fresh.data, fresh.fence, fresh."agentGuid", fresh.reply
    FROM fresh JOIN numbered ON numbered.key = fresh.key
    RETURNING event_key`.execute(tx);
  if (written.rows.length === events.length) return;
  const fresh = new Set(written.rows.map((row) => row.event_key));
  for (const event of events.filter((candidate) => !fresh.has(candidate.key))) await requireSame(tx, event);
}

/** One event. */
export async function appendEvent(tx: Tx, event: NewEvent): Promise<void> {
  await appendEvents(tx, event.entityType, [event]);
}

/**
 * The reply that was stored with an event when it was first written; undefined when it was not. Throws `EVENT_KEY_REUSED`
 * when the key was used for something else. Call it under the entity's row lock.
 */
export async function findReply<T>(tx: Tx, key: string, type: EventName): Promise<T | undefined> {
  const row = await tx.selectFrom('events').select(['type', 'reply']).where('event_key', '=', key).executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.type !== type) throw keyReused(key);
  return row.reply as T; // written by the same caller, under the same key
}

async function requireSame(tx: Tx, event: NewEvent): Promise<void> {
  const same = await tx
    .selectFrom('events')
    .select('id')
    .where('event_key', '=', event.key)
    .where('entity_id', '=', event.entityId)
    .where('type', '=', event.type)
    .where(sql<boolean>`data = ${toJson(event.data)}::jsonb`)
    .executeTakeFirst();
  if (same === undefined) throw keyReused(event.key);
}

function keyReused(key: string): WeftError {
  return new WeftError('EVENT_KEY_REUSED', `The event key ${key} was used before for another event.`);
}
