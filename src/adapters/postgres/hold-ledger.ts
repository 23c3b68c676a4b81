import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { AuditAction } from '../../domain/access/audit.ts';
import type { EventName } from '../../domain/events/event.ts';
import { strongestHold, toHeld } from '../../domain/deployments/held.ts';
import type { Held } from '../../domain/deployments/held.ts';
import type { Activity, HoldWish } from '../../domain/holds/hold.ts';
import type { ProjectId } from '../../domain/ids.ts';
import type { Hold } from '../../domain/scheduling/snapshot.ts';
import type { HoldLedger } from '../../ports/ledger/hold-ledger.ts';
import { insertEvents } from './append-events.ts';
import type { Database, Db, Tx } from './database.ts';
import { boundedText } from './json.ts';
import { present } from './to-work-item.ts';
import { REQUEST_TEXT_CHARS_MAX, writeAudit } from './write-audit.ts';

// No project can be called so.
const EVERYTHING = '*';

const EVENT_OF: Record<HoldWish, EventName> = { pause: 'project:paused', drain: 'project:draining', resume: 'project:resumed' };
const ACTION_OF: Record<'project' | 'installation', Record<HoldWish, AuditAction>> = {
  project: { pause: 'project.pause', drain: 'project.drain', resume: 'project.resume' },
  installation: { pause: 'installation.pause', drain: 'installation.drain', resume: 'installation.resume' },
};

/** What operators hold up. */
export function createHoldLedger(database: Database): HoldLedger {
  return {
    readActivity: () => database.read((db) => readActivity(db, EVERYTHING)),
    change: (projectId, wish) => database.transact((tx) => change(tx, projectId, wish)),
  };
}

/** All of them, for a granting round. */
export async function readHolds(db: Db): Promise<readonly Hold[]> {
  const { rows } = await sql<Hold>`SELECT nullif(scope, ${EVERYTHING}) AS "projectId", draining FROM holds ORDER BY scope`.execute(db);
  return rows;
}

/** What holds up a project, who and why; nulls = nothing does. */
export async function readHeld(db: Db, projectId: ProjectId): Promise<{ readonly held: Held | null; readonly because: string | null }> {
  const { rows } = await sql<Hold & { reason: string | null; held_by: string }>`
    SELECT nullif(scope, ${EVERYTHING}) AS "projectId", draining, reason, held_by FROM holds WHERE scope IN (${projectId}, ${EVERYTHING})`.execute(db);
  const hold = strongestHold(rows, projectId);
  if (hold === null) return { held: null, because: null };
  return { held: toHeld(hold), because: `by ${hold.held_by}${hold.reason === null ? '' : ` (${hold.reason})`}` };
}

/** True when something holds up the project. */
export function isHeld(projectId: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`EXISTS (SELECT 1 FROM holds h WHERE h.scope IN (${projectId}, ${sql.lit(EVERYTHING)}))`;
}

export interface ActivityRow {
  readonly draining: boolean;
  readonly reason: string | null;
  readonly held_by: string;
  /** ISO, as JSON has it. */
  readonly held_at: string;
  /** Agents are there, or items hold slots. */
  readonly busy: boolean;
}

/** The row of a scope as JSON; null = nothing holds it up. */
export function activityOf(scope: RawBuilder<unknown>): RawBuilder<ActivityRow | null> {
  const own = sql`(h.scope = ${sql.lit(EVERYTHING)} OR project_id = h.scope)`;
  return sql<ActivityRow | null>`(SELECT jsonb_build_object('draining', h.draining, 'reason', h.reason, 'held_by', h.held_by, 'held_at', h.held_at,
    'busy', EXISTS (SELECT 1 FROM sessions WHERE state <> 'gone' AND ${own}) OR EXISTS (SELECT 1 FROM slots WHERE state <> 'released' AND ${own}))
    FROM holds h WHERE h.scope = ${scope})`;
}

export function toActivity(row: ActivityRow | null): Activity {
  if (row === null) return { state: 'running' };
  const state = row.draining ? (row.busy ? 'draining' : 'drained') : 'paused';
  return { state, by: row.held_by, since: new Date(row.held_at).toISOString(), ...present({ reason: row.reason }) };
}

async function readActivity(db: Db, scope: string): Promise<Activity> {
  const { rows } = await sql<{ activity: ActivityRow | null }>`SELECT ${activityOf(sql`${scope}`)} AS activity`.execute(db);
  return toActivity(rows[0]?.activity ?? null);
}

async function change(tx: Tx, projectId: ProjectId | null, { wish, reason, author }: Parameters<HoldLedger['change']>[1]): Promise<Activity | null> {
  const scope = projectId ?? EVERYTHING;
  // Changes of one scope follow each other; a granting round reads what is committed.
  await sql`LOCK TABLE holds IN SHARE ROW EXCLUSIVE MODE`.execute(tx);
  const told = await lockProjects(tx, projectId);
  if (projectId !== null && told.length === 0) return null;
  const before = await readActivity(tx, scope);
  if (isSo(before, wish)) return before;
  const why = reason === null ? null : boundedText(reason, 1024);
  if (wish === 'resume') await sql`DELETE FROM holds WHERE scope = ${scope}`.execute(tx);
  else await hold(tx, { scope, draining: wish === 'drain', why, by: boundedText(author.name, REQUEST_TEXT_CHARS_MAX) });
  const after = await readActivity(tx, scope);
  const entity = projectId === null ? 'installation' : 'project';
  await writeAudit(tx, author, {
    action: ACTION_OF[entity][wish],
    entityType: entity,
    entityId: scope,
    projectId,
    before: { state: before.state },
    after: { state: after.state, ...present({ reason: why }) },
  });
  await tell(tx, told, { type: EVENT_OF[wish], data: { everything: projectId === null, ...present({ reason: why }) } });
  return after;
}

/** The project, or all of them: everybody is told of what concerns everybody. */
async function lockProjects(tx: Tx, projectId: ProjectId | null): Promise<readonly ProjectId[]> {
  const { rows } = await sql<{ id: ProjectId }>`
    SELECT id FROM projects WHERE ${projectId}::text IS NULL OR id = ${projectId} ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  return rows.map(({ id }) => id);
}

function isSo({ state }: Activity, wish: HoldWish): boolean {
  switch (wish) {
    case 'pause':
      return state === 'paused';
    case 'drain':
      return state === 'draining' || state === 'drained';
    case 'resume':
      return state === 'running';
  }
}

async function hold(tx: Tx, { scope, draining, why, by }: { scope: string; draining: boolean; why: string | null; by: string }): Promise<void> {
  await sql`
    INSERT INTO holds (scope, draining, reason, held_by) VALUES (${scope}, ${draining}, ${why}, ${by})
    ON CONFLICT (scope) DO UPDATE SET draining = excluded.draining, reason = excluded.reason, held_by = excluded.held_by, held_at = now()`.execute(tx);
}

async function tell(tx: Tx, projectIds: readonly ProjectId[], { type, data }: { type: EventName; data: object }): Promise<void> {
  const { rows } = await sql<{ id: ProjectId; seq: number }>`
    UPDATE projects SET event_seq = event_seq + 1 WHERE id = any(${projectIds}::text[]) RETURNING id, event_seq AS seq`.execute(tx);
  await insertEvents(
    tx,
    rows.map(({ id, seq }) => ({ key: `project:${id}:${String(seq)}`, entityType: 'project', entityId: id, seq, projectId: id, type, data: { ...data } })),
  );
}
