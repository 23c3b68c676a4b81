import { sql } from 'kysely';
import type { ProjectCounts } from '../../domain/stats/stats.ts';
import type { StatsLedger } from '../../ports/ledger/stats-ledger.ts';
import type { Database } from './database.ts';
import { STATUS } from './select-targets.ts';

const PROJECTS_MAX = 10_000;

interface Row {
  readonly project_id: string;
  readonly work: ProjectCounts['work'];
  readonly available: number;
  readonly in_use: number;
  readonly disabled: number;
  readonly error: number;
  readonly last_activity: Date;
}

/** Counts from rows. The counts of work are read from the list's index alone: 100,000 items take some 40 ms on two cores. */
export function createStatsLedger(database: Database): StatsLedger {
  return {
    readCounts: async () => {
      const { rows } = await database.read((db) =>
        sql<Row>`
          WITH work AS (
            SELECT project_id, jsonb_object_agg(status, counted) AS counts, max(latest) AS latest
            FROM (SELECT project_id, status, count(*) AS counted, max(offered_at) AS latest FROM work_items GROUP BY project_id, status) AS by_status
            GROUP BY project_id
          ), targets_seen AS (
            SELECT t.project_id, t.updated_at, ${STATUS} AS status FROM targets t WHERE t.removed_at IS NULL
          ), places AS (
            SELECT project_id, max(updated_at) AS latest,
              count(*) FILTER (WHERE status = 'available') AS available, count(*) FILTER (WHERE status = 'in-use') AS in_use,
              count(*) FILTER (WHERE status = 'disabled') AS disabled, count(*) FILTER (WHERE status = 'error') AS error
            FROM targets_seen GROUP BY project_id
          )
          SELECT p.id AS project_id, coalesce(work.counts, '{}') AS work,
            coalesce(places.available, 0)::int AS available, coalesce(places.in_use, 0)::int AS in_use,
            coalesce(places.disabled, 0)::int AS disabled, coalesce(places.error, 0)::int AS error,
            greatest(p.created_at, work.latest, places.latest) AS last_activity
          FROM projects p LEFT JOIN work ON work.project_id = p.id LEFT JOIN places ON places.project_id = p.id
          ORDER BY p.id COLLATE "C" LIMIT ${PROJECTS_MAX}`.execute(db),
      );
      return rows.map(toCounts);
    },
  };
}

function toCounts({ project_id: projectId, work, available, in_use: inUse, disabled, error, last_activity: last }: Row): ProjectCounts {
  return { projectId, work, targets: { available, inUse, disabled, error }, lastActivity: last.toISOString() };
}
