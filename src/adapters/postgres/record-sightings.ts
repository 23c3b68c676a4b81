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
  const told = [];
  for (const seen of foreign) {
    const row = rows.get(seen.guid);
    if (row !== undefined) told.push(await tell(tx, row, seen));
  }
  return [...told, ...[...own].map((guid) => ({ guid, own: true as const }))];
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

async function tell(tx: Tx, row: AgentRow, seen: Sighting): Promise<ToldAgent> {
  const told = { guid: row.guid, projectId: row.project_id, status: row.status, taskCount: row.task_count, offer: row.offer };
  const event = isNewer(row, seen) ? eventOf(told, seen) : null;
  if (event === null) return told;
  const seq = row.event_seq + 1;
  await tx
    .updateTable('agents')
    .set({
      project_id: seen.projectId,
      summary: toJson(seen.summary),
      status: seen.status,
      task_count: seen.taskCount,
      offer: toJson(seen.offer),
      stored_at_ms: seen.storedAtMs,
      revision: seen.revision,
      event_seq: seq,
      updated_at: sql<Date>`now()`,
    })
    .where('guid', '=', seen.guid)
    .execute();
  if (seen.status === 'offline') await forgetWork(tx, seen.guid);
  const key = `agent:${seen.guid}:${String(seen.storedAtMs)}:${String(seen.revision)}:${seen.how}`;
  await insertEvents(tx, [{ key, entityType: 'agent', entityId: seen.guid, seq, projectId: seen.projectId, ...event, agentGuid: seen.guid }]);
  return { guid: seen.guid, projectId: seen.projectId, status: seen.status, taskCount: seen.taskCount, offer: seen.offer };
}

/** What it was at when it went, it is not at any more, also when it comes back. */
async function forgetWork(tx: Tx, guid: string): Promise<void> {
  await tx.updateTable('slots').set({ may_work: false }).where('agent_guid', '=', guid).where('may_work', '=', true).execute();
}

/** Revisions begin anew when the server loses its disk, times do not. Of one entry only the end can still be told. */
function isNewer(row: AgentRow, { storedAtMs, revision, status }: Sighting): boolean {
  const known = Number(row.stored_at_ms);
  if (storedAtMs !== known) return storedAtMs > known;
  return revision > Number(row.revision) || (revision === Number(row.revision) && status === 'offline');
}
