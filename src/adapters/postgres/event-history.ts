import { sql } from 'kysely';
import type { EventAgent } from '../../domain/events/contract-events.ts';
import type { EventSelection } from '../../domain/events/event-selection.ts';
import type { EventFacts } from '../../domain/events/to-outward-event.ts';
import type { EventHistory, EventPage } from '../../ports/ledger/event-history.ts';
import type { PositionedEvent } from '../../ports/ledger/event-ledger.ts';
import type { Database } from './database.ts';
import { namedAgent, toAgentSummary } from './named-agent.ts';
import { selectEvents } from './select-events.ts';
import { toWeftEvent } from './to-event.ts';
import { present } from './to-work-item.ts';

type Agents = Map<string, EventAgent>;

// What names an agent stays as it is while the agent lives, and most events are of the same few agents.
const AGENTS_REMEMBERED_MAX = 5000;

/** Reads the record of everything that happened, by position. */
export function createEventHistory(database: Database): EventHistory {
  const agents: Agents = new Map();
  return {
    lastPosition: () =>
      database.read(async (db) => {
        const row = await db
          .selectFrom('events')
          .select((eb) => eb.fn.max('position').as('position'))
          .executeTakeFirst();
        return Number(row?.position ?? 0);
      }),
    readAfter: (page, selection) => readAfter(database, page, selection),
    factsOf: (events) => factsOf(database, events, agents),
  };
}

async function readAfter(database: Database, page: EventPage, selection: EventSelection): Promise<readonly PositionedEvent[]> {
  const rows = await database.read((db) => selectEvents(db, page, selection).execute());
  return rows.map((row) => ({ ...toWeftEvent(row), position: Number(row.position) }));
}

async function factsOf(database: Database, events: readonly PositionedEvent[], known: Agents): Promise<ReadonlyMap<number, EventFacts>> {
  const submitted = events.filter(({ type }) => type === 'work:submitted');
  const assigned = events.filter(({ data }) => typeof data['assignedTo'] === 'string' && data['assignedToAgent'] === undefined);
  const [descriptions] = await Promise.all([
    descriptionsOf(
      database,
      submitted.map(({ entityId }) => entityId),
    ),
    learnAgents(database, new Set(assigned.map(assigneeOf)), known),
  ]);
  const facts = new Map<number, EventFacts>();
  for (const { position, entityId } of submitted) facts.set(position, present({ description: descriptions.get(entityId) }));
  for (const event of assigned) facts.set(event.position, present({ agent: known.get(assigneeOf(event)) }));
  return facts;
}

function assigneeOf({ data }: PositionedEvent): string {
  return String(data['assignedTo']);
}

async function descriptionsOf(database: Database, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await database.read((db) =>
    db
      .selectFrom('work_items')
      .select(['id', 'description'])
      .where(sql<boolean>`id = any(${ids}::uuid[])`)
      .execute(),
  );
  return new Map(rows.map(({ id, description }) => [id, description]));
}

async function learnAgents(database: Database, guids: ReadonlySet<string>, known: Agents): Promise<void> {
  const unknown = [...guids].filter((guid) => !known.has(guid));
  if (unknown.length === 0) return;
  const rows = await database.read((db) =>
    db
      .selectFrom(sql<{ guid: string }>`unnest(${unknown}::text[])`.as(sql`u(guid)`))
      .select(['u.guid', namedAgent(sql.ref('u.guid')).as('agent')])
      .execute(),
  );
  if (known.size > AGENTS_REMEMBERED_MAX) known.clear();
  for (const { guid, agent } of rows) if (agent !== null) known.set(guid, toAgentSummary(agent));
}
