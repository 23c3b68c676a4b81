import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { SpinUpDecision } from '../../domain/scheduling/place-spin-ups.ts';
import { appendEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { holdOpen } from './host-gate.ts';
import { insertSession } from './insert-session.ts';
import { toJson } from './json.ts';
import { selectStartPlaces } from './start-place.ts';

type Start = Extract<SpinUpDecision, { kind: 'start' }>;
type Wait = Extract<SpinUpDecision, { kind: 'wait' }>;
type End = Extract<SpinUpDecision, { kind: 'end' }>;

// Each is a handful of statements; a round must stay well below its time limit.
const STARTS_MAX = 50;
const ENDS_MAX = 50;

/**
 * Writes what a round has decided about spin-ups. A start becomes a session at once, so that it counts for the next round.
 * Rows that somebody else has locked are passed over. Answers whether some are left for another round.
 */
export async function writeSpinUps(tx: Tx, decisions: readonly SpinUpDecision[], defaultIdleTimeoutMs: number): Promise<{ left: boolean }> {
  if (decisions.length === 0) return { left: false };
  const starts = decisions.filter((decision): decision is Start => decision.kind === 'start');
  const ends = decisions.filter((decision): decision is End => decision.kind === 'end');
  let left = starts.length > STARTS_MAX || ends.length > ENDS_MAX;
  for (const start of starts.slice(0, STARTS_MAX)) left = !(await writeStart(tx, start, defaultIdleTimeoutMs)) || left;
  await writeReasons(
    tx,
    decisions.filter((decision): decision is Wait => decision.kind === 'wait'),
  );
  for (const end of ends.slice(0, ENDS_MAX)) left = !(await writeEnd(tx, end)) || left;
  return { left };
}

/** From now on it has as long to register as it had to wait for room, or as its deployment says. False when its row was locked, or is gone. */
async function writeStart(tx: Tx, { operationId, targetId }: Start, defaultIdleTimeoutMs: number): Promise<boolean> {
  const request = await tx
    .selectFrom('spin_ups')
    .select(['task', 'deployment_id'])
    .where('id', '=', operationId)
    .where('status', '=', 'pending')
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (request === undefined) return false;
  const target = await selectStartPlaces(tx).where('id', '=', targetId).executeTakeFirstOrThrow();
  // Closed since it was read: the next round lets it wait.
  if (!(await holdOpen(tx, target.host_id))) return false;
  const guid = randomUUID();
  await insertSession(tx, { guid, target, task: request.task, work: null, defaultIdleTimeoutMs, keepsWarm: request.deployment_id !== null });
  const timeToRegister = sql`coalesce(make_interval(secs => start_timeout_ms / 1000.0), timeout_at - requested_at)`;
  await tx
    .updateTable('spin_ups')
    .set({ status: 'in-progress', agent_guid: guid, started_at: sql<Date>`now()`, timeout_at: sql<Date>`now() + ${timeToRegister}`, reason: null })
    .where('id', '=', operationId)
    .execute();
  return true;
}

async function writeReasons(tx: Tx, waiting: readonly Wait[]): Promise<void> {
  if (waiting.length === 0) return;
  const rows = waiting.map(({ operationId, reason }) => ({ id: operationId, reason }));
  await sql`
    UPDATE spin_ups AS p SET reason = w.reason FROM jsonb_to_recordset(${toJson(rows)}::jsonb) AS w(id uuid, reason text)
    WHERE p.id = w.id AND p.status = 'pending' AND p.reason IS DISTINCT FROM w.reason`.execute(tx);
}

/** No agent was started, so the target tells of it; false when its row was locked. */
async function writeEnd(tx: Tx, { operationId, status, message }: End): Promise<boolean> {
  const row = await tx
    .selectFrom('spin_ups as p')
    .innerJoin('targets as t', 't.id', 'p.target_id')
    .select(['t.id', 't.name', 't.agent_type', 't.project_id'])
    .where('p.id', '=', operationId)
    .where('p.status', '=', 'pending')
    .forNoKeyUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (row === undefined) return false;
  await tx
    .updateTable('spin_ups')
    .set({ status, error: message, reason: null, completed_at: sql<Date>`now()` })
    .where('id', '=', operationId)
    .execute();
  await appendEvent(tx, {
    key: `spin-up:${operationId}:ended`,
    entityType: 'target',
    entityId: row.id,
    projectId: row.project_id,
    type: 'spin-up:failed',
    data: { targetId: row.id, targetName: row.name, agentType: row.agent_type, errorMessage: message, operationId },
  });
  return true;
}
