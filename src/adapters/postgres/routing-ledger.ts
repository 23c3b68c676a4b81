import { sql } from 'kysely';
import { effectivePolicy } from '../../domain/policy/project-policy.ts';
import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import { foresee } from '../../domain/scheduling/foresee.ts';
import type { Prospect } from '../../domain/scheduling/foresee.ts';
import type { Needs } from '../../domain/work/classify.ts';
import type { WorkItem } from '../../domain/work/work-item.ts';
import type { MedianWaits, RoutingLedger, WaitKind } from '../../ports/ledger/routing-ledger.ts';
import type { Database, Db } from './database.ts';
import { needsKeyOf } from './enqueue.ts';
import type { LedgerContext } from './ledger-context.ts';
import { previewWork } from './preview-work.ts';
import { readFreeAgents, readTargets } from './read-snapshot.ts';
import { toEntry } from './routing-entry.ts';

// Behind this many who need the same, an item waits in any case that is worth telling apart.
const AHEAD_MAX = 100;
// The latest items of one kind; older ones say little about now.
const WAITS_MAX = 200;

/** Where work would go, as things are now. */
export function createRoutingLedger({ database, defaultPolicy }: LedgerContext): RoutingLedger {
  return {
    foresee: (item, needs) => database.read((db) => foreseeWork(db, { item, needs }, defaultPolicy)),
    preview: (item, candidatesMax) => database.read((db) => previewWork(db, { item, candidatesMax }, defaultPolicy)),
    medianWaits: (kind) => medianWaits(database, kind),
  };
}

async function foreseeWork(db: Db, { item, needs }: { item: WorkItem; needs: Needs }, defaults: ProjectPolicy): Promise<Prospect> {
  const standing = await readStanding(db, item, defaults);
  if (standing.own !== null) return standing.own;
  if (standing.ahead >= AHEAD_MAX) return 'full';
  const entry = toEntry(item, needs, Date.parse(item.offeredAt));
  const projects = [{ projectId: item.projectId, slotsMax: standing.slotsMax, slotsHeld: standing.slotsHeld }];
  const fits = (
    alias: string,
  ) => sql<boolean>`${sql.ref(`${alias}.project_id`)} = ${item.projectId} AND ${needs.capability} = any(${sql.ref(`${alias}.capabilities`)})
    AND ${needs.boundary} = any(${sql.ref(`${alias}.boundaries`)}) AND ${sql.ref(`${alias}.agent_type`)} = any(${[...needs.agentTypes]}::text[])`;
  // Enough of them for those ahead and this one; the rest changes nothing.
  const agents = await readFreeAgents(db, { only: fits('sessions'), limit: standing.ahead + 1 });
  const warm = foresee(entry, { agents, targets: [], projects }, standing.ahead);
  if (warm === 'agent') return warm;
  return foresee(entry, { agents, targets: await readTargets(db, fits('t')), projects }, standing.ahead);
}

interface Standing {
  /** What the item was granted already. */
  readonly own: 'agent' | 'start' | null;
  readonly ahead: number;
  readonly slotsHeld: number;
  readonly slotsMax: number;
}

async function readStanding(db: Db, item: WorkItem, defaults: ProjectPolicy): Promise<Standing> {
  const { id, projectId, priority, offeredAt } = item;
  const row = await db
    .selectFrom('projects as p')
    .select('p.policy')
    .select([
      sql<'agent' | 'start' | null>`(SELECT g.kind FROM slots g WHERE g.work_id = ${id} AND g.state <> 'released')`.as('own'),
      sql<number>`(SELECT count(*) FROM (SELECT 1 FROM queue q WHERE q.project_id = ${projectId} AND q.needs_key = ${needsKeyOf(item)} AND q.work_id <> ${id}
        AND (q.priority > ${priority} OR (q.priority = ${priority} AND q.enqueued_at <= ${offeredAt}::timestamptz)) AND q.not_before <= now()
        LIMIT ${sql.lit(AHEAD_MAX)}) a)::int`.as('ahead'),
      sql<number>`(SELECT count(*) FROM slots s WHERE s.project_id = ${projectId} AND s.state <> 'released')::int`.as('held'),
    ])
    .where('p.id', '=', projectId)
    .executeTakeFirst();
  const { slotsMax } = effectivePolicy(row?.policy ?? null, defaults);
  return { own: row?.own ?? null, ahead: row?.ahead ?? 0, slotsHeld: row?.held ?? 0, slotsMax };
}

async function medianWaits(database: Database, { projectId, capability, boundary }: WaitKind): Promise<MedianWaits> {
  const result = await database.read((db) =>
    sql<MedianWaits>`
      WITH latest AS (
        SELECT greatest(extract(epoch FROM w.assigned_at - w.offered_at), 0)::float8 AS waited, g.kind FROM work_items w
        JOIN slots g ON g.work_id = w.id AND g.fence = w.fence
        WHERE w.project_id = ${projectId} AND w.capability = ${capability} AND w.boundary = ${boundary}
          AND w.assigned_at IS NOT NULL AND w.attempts = 1 AND w.retries = 0
        ORDER BY w.assigned_at DESC LIMIT ${sql.lit(WAITS_MAX)}
      )
      SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) AS all,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) FILTER (WHERE kind = 'agent') AS agent,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) FILTER (WHERE kind = 'start') AS start
      FROM latest`.execute(db),
  );
  return result.rows[0] ?? { all: null, agent: null, start: null };
}
