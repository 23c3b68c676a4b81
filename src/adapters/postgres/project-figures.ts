import { sql } from 'kysely';
import type { StatsReader } from '../../ports/stats-reader.ts';
import { toWorkStatus } from '../../domain/work/work-item.ts';
import type { WorkPhase } from '../../domain/work/work-item.ts';
import type { Database } from './database.ts';

const ONLINE = sql<boolean>`state in ('busy', 'free')`;

/** Figures of the ledger: the agents are those that Weft started. */
export function createStatsReader(database: Database): StatsReader {
  return {
    read: (projectId) =>
      database.read(async (db) => {
        const count = sql<number>`count(*)::integer`.as('count');
        const phases = await db.selectFrom('work_items').select(['phase', count]).where('project_id', '=', projectId).groupBy('phase').execute();
        const agents = await db
          .selectFrom('sessions')
          .select(['agent_type', 'state', count])
          .where('project_id', '=', projectId)
          .where(ONLINE)
          .groupBy(['agent_type', 'state'])
          .execute();
        const targets = await db.selectFrom('targets').select(count).where('project_id', '=', projectId).executeTakeFirstOrThrow();
        return {
          agents: {
            total: sum(agents),
            byType: countBy(agents, (row) => row.agent_type),
            byStatus: countBy(agents, (row) => (row.state === 'busy' ? 'busy' : 'online')),
          },
          work: toWorkFigures(phases),
          targets: { total: targets.count, available: targets.count, inUse: 0, disabled: 0 },
        };
      }),
  };
}

function toWorkFigures(phases: readonly { readonly phase: WorkPhase; readonly count: number }[]) {
  const by = countBy(phases, ({ phase }) => toWorkStatus(phase));
  const { pending = 0, assigned = 0, 'in-progress': inProgress = 0, completed = 0, failed = 0, cancelled = 0 } = by;
  return { pending, active: assigned + inProgress, completed, failed: failed + cancelled };
}

function countBy<Row extends { readonly count: number }>(rows: readonly Row[], keyOf: (row: Row) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[keyOf(row)] = (counts[keyOf(row)] ?? 0) + row.count;
  return counts;
}

function sum(rows: readonly { readonly count: number }[]): number {
  return rows.reduce((total, { count }) => total + count, 0);
}
