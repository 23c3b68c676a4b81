import { sql } from 'kysely';
import { eventOf } from '../../domain/agents/sighting.ts';
import type { Sighting, ToldAgent } from '../../domain/agents/sighting.ts';
import type { AgentLedger } from '../../ports/ledger/agent-ledger.ts';
import { insertEvents } from './append-events.ts';
import type { Tx } from './database.ts';
import { toJson } from './json.ts';
import type { AgentRow } from './tables.ts';

type Recorded = Awaited<ReturnType<AgentLedger['recordSightings']>>;

/** What has changed, under the locks of the agents' rows, so that of two bridges that saw the same the second one sees it told. */
export async function recordSightings(tx: Tx, sightings: readonly Sighting[]): Promise<Recorded> {
  if (sightings.length === 0) return [];
  const own = await ownAmong(tx, sightings);
  const foreign = sightings.filter(({ guid }) => !own.has(guid));
  const rows = await lockRows(tx, foreign);
  const judged = foreign.flatMap((seen) => {
    const row = rows.get(seen.guid);
    return row === undefined ? [] : [judge(row, seen)];
  });
  await write(
    tx,
    judged.flatMap(({ change }) => (change === null ? [] : [change])),
  );
  return [...judged.map(({ told }) => told), ...[...own].map((guid) => ({ guid, own: true as const }))];
}

async function ownAmong(tx: Tx, sightings: readonly Sighting[]): Promise<ReadonlySet<string>> {
  const guids = sightings.map(({ guid }) => guid);
  const rows = await tx
    .selectFrom('sessions')
    .select('guid')
    .where('guid', '=', sql<string>`any(${guids}::text[])`)
    .execute();
  return new Set(rows.map(({ guid }) => guid));
}

/** An agent that is not known is one that is offline: its row is made so first, and its numbers go on where its events end. */
async function lockRows(tx: Tx, sightings: readonly Sighting[]): Promise<ReadonlyMap<string, AgentRow>> {
  const unknown = sightings
    .filter(({ status }) => status !== 'offline')
    .map(({ guid, projectId, summary }) => ({ guid, projectId, summary }))
    // In one order everywhere, so that two bridges never wait for each other.
    .sort((a, b) => (a.guid < b.guid ? -1 : 1));
  await sql`
    INSERT INTO agents (guid, project_id, summary, status, task_count, stored_at_ms, revision, event_seq)
    SELECT a.guid, a."projectId", a.summary, 'offline', 0, 0, 0,
      coalesce((SELECT max(e.seq) FROM events e WHERE e.entity_type = 'agent' AND e.entity_id = a.guid), 0)
    FROM jsonb_to_recordset(${toJson(unknown)}::jsonb) AS a(guid text, "projectId" text, summary jsonb)
    ORDER BY a.guid ON CONFLICT DO NOTHING`.execute(tx);
  const rows = await tx
    .selectFrom('agents')
    .selectAll()
    .where('guid', '=', sql<string>`any(${sightings.map(({ guid }) => guid)}::text[])`)
    .orderBy('guid')
    .forNoKeyUpdate()
    .execute();
  return new Map(rows.map((row) => [row.guid, row]));
}

interface Change {
  readonly seen: Sighting;
  readonly seq: number;
  readonly event: NonNullable<ReturnType<typeof eventOf>>;
}

/** What the ledger knows of the agent from then on; `change` is null when that is what it knew. */
function judge(row: AgentRow, seen: Sighting): { readonly told: ToldAgent; readonly change: Change | null } {
  const known = { guid: row.guid, projectId: row.project_id, status: row.status, taskCount: row.task_count, offer: row.offer };
  const event = isNewer(row, seen) ? eventOf(known, seen, { askedAsIdle: row.idle_told_at !== null }) : null;
  if (event === null) return { told: known, change: null };
  const { guid, projectId, status, taskCount, offer } = seen;
  return { told: { guid, projectId, status, taskCount, offer }, change: { seen, seq: row.event_seq + 1, event } };
}

/** All together: the rows are locked, and an agent whose row is can be given nothing meanwhile. */
async function write(tx: Tx, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  await sql`
    UPDATE agents a SET project_id = c."projectId", summary = c.summary, status = c.status, task_count = c."taskCount", offer = c.offer,
      stored_at_ms = c."storedAtMs", revision = c.revision, event_seq = c.seq, updated_at = now(), idle_told_at = NULL
    FROM jsonb_to_recordset(${toJson(changes.map(({ seen, seq }) => ({ ...seen, seq })))}::jsonb)
      AS c(guid text, "projectId" text, summary jsonb, status text, "taskCount" integer, offer jsonb, "storedAtMs" bigint, revision bigint, seq integer)
    WHERE a.guid = c.guid`.execute(tx);
  await forgetWork(
    tx,
    changes.filter(({ seen }) => seen.status === 'offline').map(({ seen }) => seen.guid),
  );
  await insertEvents(
    tx,
    changes.map(({ seen: { guid, projectId, storedAtMs, revision, how }, seq, event }) => ({
      key: `agent:${guid}:${String(storedAtMs)}:${String(revision)}:${how}`,
      entityType: 'agent',
      entityId: guid,
      seq,
      projectId,
      ...event,
      agentGuid: guid,
    })),
  );
}

/** What they were at when they went, they are not at any more, also when they come back. */
async function forgetWork(tx: Tx, guids: readonly string[]): Promise<void> {
  if (guids.length === 0) return;
  const ofThem = sql<string>`any(${[...guids]}::text[])`;
  await tx.updateTable('slots').set({ may_work: false }).where('agent_guid', '=', ofThem).where('may_work', '=', true).execute();
}

/** Revisions begin anew when the server loses its disk, times do not. Of one entry only the end can still be told. */
function isNewer(row: AgentRow, { storedAtMs, revision, status }: Sighting): boolean {
  const known = Number(row.stored_at_ms);
  if (storedAtMs !== known) return storedAtMs > known;
  return revision > Number(row.revision) || (revision === Number(row.revision) && status === 'offline');
}
