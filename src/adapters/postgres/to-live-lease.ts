import type { LiveLease } from '../../ports/ledger/lease-ledger.ts';
import type { LeaseRow } from './tables.ts';

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
