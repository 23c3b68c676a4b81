import { sql } from 'kysely';
import type { LiveLease } from '../../ports/ledger/lease-ledger.ts';
import type { LeaseRow } from './tables.ts';

/** Since lease `l` was written. */
export const leaseAgeMs = sql<number>`(extract(epoch FROM clock_timestamp() - l.written_at) * 1000)::float8`;

/** A lease's row as the bridge uses it. */
export function toLiveLease(row: LeaseRow): LiveLease {
  return {
    workId: row.work_id,
    projectId: row.project_id,
    fence: row.fence,
    awaitNo: row.await_no,
    agentGuid: row.agent_guid,
    taskToken: row.task_token,
    idleTimeoutMs: row.idle_timeout_ms,
    questionId: row.question_id,
  };
}
