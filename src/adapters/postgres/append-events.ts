import { sql } from 'kysely';
import type { RawBuilder, Updateable } from 'kysely';
import { WeftError } from '../../domain/errors.ts';
import type { EntityType, EventData, EventName } from '../../domain/events/event.ts';
import type { AgentGuid, Fence, ProjectId } from '../../domain/ids.ts';
import type { Tx } from './database.ts';
import { toJson, toJsonOrNull } from './json.ts';
import type { Tables } from './tables.ts';

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
  work: { table: sql.table('work_items'), id: sql.ref('id') },
  agent: { table: sql.table('sessions'), id: sql.ref('guid') },
  target: { table: sql.table('targets'), id: sql.ref('id') },
  project: { table: sql.table('projects'), id: sql.ref('id') },
  deployment: { table: sql.table('deployments'), id: sql.ref('id') },
} as const;

/** What changes with an event: columns of its entity's row, with a value or an expression each. */
export type Changes<Table extends keyof Tables> = {
  readonly [Column in keyof Updateable<Tables[Table]>]?: Updateable<Tables[Table]>[Column] | RawBuilder<unknown>;
};

type ChangesWith = Changes<'work_items'> | Changes<'sessions'>;

/**
 * Records an event under its entity's next number, in the caller's transaction and under the row's lock, and makes the changes of the row that
 * it tells of. When its key is known it changes nothing; with another body it throws `EVENT_KEY_REUSED`.
 */
export async function appendEvent(tx: Tx, event: NewEvent, changes: ChangesWith = {}): Promise<void> {
  if (!(await appendOnce(tx, event, changes))) await requireSame(tx, event);
}

/** As `appendEvent`, where the key alone says what it is a repeat of. False: it was known, and nothing has changed. */
export async function appendOnce(tx: Tx, event: NewEvent, changes: ChangesWith = {}): Promise<boolean> {
  const { table, id } = ENTITY_TABLES[event.entityType];
  // Looked up by parameters and never joined: the plan stays the same however large the tables grow.
  const written = await sql`
    WITH numbered AS (
      UPDATE ${table} SET event_seq = event_seq + 1, updated_at = now()${alsoSet(changes)}
      WHERE ${id} = ${event.entityId} AND NOT EXISTS (SELECT 1 FROM events WHERE event_key = ${event.key})
      RETURNING event_seq
    )
    INSERT INTO events (entity_type, entity_id, seq, event_key, project_id, type, data, fence, agent_guid, reply)
    SELECT ${event.entityType}::text, ${event.entityId}::text, numbered.event_seq, ${event.key}::text, ${event.projectId}::text, ${event.type}::text,
      ${toJson(event.data)}::jsonb, ${event.fence ?? null}::integer, ${event.agentGuid ?? null}::text, ${toJsonOrNull(event.reply)}::jsonb
    FROM numbered RETURNING id`.execute(tx);
  return written.rows.length > 0;
}

/** As many at once, of one entity and in this order; their keys must be new. */
export async function appendTogether(tx: Tx, events: readonly [NewEvent, ...NewEvent[]], changes: ChangesWith): Promise<void> {
  const [{ entityType, entityId }] = events;
  const { table, id } = ENTITY_TABLES[entityType];
  const marked = sql`
    UPDATE ${table} SET event_seq = event_seq + ${events.length}::integer, updated_at = now()${alsoSet(changes)}
    WHERE ${id} = ${entityId} RETURNING ${id}::text AS entity_id, event_seq`;
  await appendMarked(
    tx,
    marked,
    events.map((event, index) => ({ ...event, before: events.length - 1 - index })),
  );
}

function alsoSet(changes: ChangesWith): RawBuilder<unknown> {
  const changed = Object.entries(changes).map(([column, value]) => sql`, ${sql.ref(column)} = ${value}`);
  return sql.join(changed, sql``);
}

/** An event whose number the caller has taken from its entity's row, which it has locked and updated. */
export interface NumberedEvent extends NewEvent {
  readonly seq: number;
}

/** Records many at once; their keys must be new. */
export async function insertEvents(tx: Tx, events: readonly NumberedEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql`
    INSERT INTO events (entity_type, entity_id, seq, event_key, project_id, type, data, fence, agent_guid)
    SELECT "entityType", "entityId", seq, key, "projectId", type, data, fence, "agentGuid" FROM jsonb_to_recordset(${toJson(events)}::jsonb)
      AS e("entityType" text, "entityId" text, seq integer, key text, "projectId" text, type text, data jsonb, fence integer, "agentGuid" text)`.execute(tx);
}

/** An event of a row that the same statement updates. */
export interface MarkedEvent extends NewEvent {
  /** How many of the row's events that are written with it come after it. */
  readonly before: number;
}

/**
 * Records many at once, with the update that numbers them: `marked` is to return the `entity_id` and the new `event_seq` of each row that
 * it has updated. The keys must be new.
 */
export async function appendMarked(tx: Tx, marked: RawBuilder<unknown>, events: readonly MarkedEvent[]): Promise<void> {
  await sql`
    WITH marked AS (${marked})
    INSERT INTO events (entity_type, entity_id, seq, event_key, project_id, type, data, fence, agent_guid)
    SELECT "entityType", "entityId", marked.event_seq - "before", key, "projectId", type, data, fence, "agentGuid"
    FROM jsonb_to_recordset(${toJson(events)}::jsonb)
      AS e("entityType" text, "entityId" text, "before" integer, key text, "projectId" text, type text, data jsonb, fence integer, "agentGuid" text)
    JOIN marked ON marked.entity_id = e."entityId" ORDER BY "entityId", "before" DESC`.execute(tx);
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
