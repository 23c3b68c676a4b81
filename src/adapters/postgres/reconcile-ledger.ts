import { sql } from 'kysely';
import type { AgentGuid } from '../../domain/ids.ts';
import { sayHostGone } from '../../domain/hosts/host.ts';
import { TIMEOUT_MESSAGE } from '../../domain/spin-ups/spin-up.ts';
import { settleByMs } from '../../domain/work/after-attempt.ts';
import { rejectionOf } from '../../domain/work/approval.ts';
import { isSettled, SETTLED_PHASES } from '../../domain/work/work-item.ts';
import type { ItemHolder, ReconcileLedger, SessionHolder } from '../../ports/ledger/reconcile-ledger.ts';
import { whyFailed } from '../../domain/work/dependencies.ts';
import type { Dependency } from '../../domain/work/dependencies.ts';
import type { Aftermath } from '../../ports/ledger/transition-ledger.ts';
import type { Database, Tx } from './database.ts';
import { endSession } from './end-session.ts';
import { lockItem } from './locked-item.ts';
import { timeBeginsMs } from './time-begins.ts';
import { writeEnd } from './settle.ts';

/** What the reconciler reads and mends. */
export function createReconcileLedger(database: Database): ReconcileLedger {
  return {
    listItems: (page) => listItems(database, page),
    listSessions: (page) => listSessions(database, page),
    settleTerminated: (ended) => database.transact((tx) => settleTerminated(tx, ended)),
    recordSessionTerminated: (guid, message) => database.transact((tx) => endSession(tx, guid, { cause: 'terminated-by-operator', message })),
    recordSpinUpTimeout: (guid) => database.transact((tx) => recordSpinUpTimeout(tx, guid)),
  };
}

// Looked up only for items that fail with what they depend on.
const FAILED_DEPENDENCY = sql<Dependency | null>`CASE WHEN on_dependency_failure = 'fail' THEN (
  SELECT jsonb_build_object('id', d.depends_on_id, 'outcome', d.outcome) FROM work_dependencies d
  WHERE d.work_id = work_items.id AND d.outcome <> 'completed' ORDER BY d.depends_on_id LIMIT 1) END`.as('failed_dependency');

type ItemPage = Parameters<ReconcileLedger['listItems']>[0];
type SessionPage = Parameters<ReconcileLedger['listSessions']>[0];

async function listItems(database: Database, { olderThanMs, after, limit }: ItemPage): Promise<readonly ItemHolder[]> {
  const rows = await database.read((db) => {
    let query = db
      .selectFrom('work_items')
      .select([
        'id',
        'project_id',
        'run_id',
        'cancel_requested_at',
        'cancel_reason',
        'approval',
        'offered_at',
        'retried_at',
        'retries',
        'deadline',
        'not_before',
        'limits',
        'phase',
      ])
      .select(sql<boolean>`EXISTS (SELECT 1 FROM slots s WHERE s.work_id = work_items.id AND s.state <> 'released')`.as('holds_slot'))
      .select(FAILED_DEPENDENCY)
      // Spelled as in the index that holds only these.
      .where(sql<boolean>`phase NOT IN (${sql.join(SETTLED_PHASES.map((phase) => sql.lit(phase)))})`)
      .where('updated_at', '<=', sql<Date>`now() - make_interval(secs => ${olderThanMs / 1000})`);
    if (after !== null) query = query.where('id', '>', after);
    return query.orderBy('id').limit(limit).execute();
  });
  return rows.map((row) => ({
    workId: row.id,
    projectId: row.project_id,
    runId: row.run_id,
    holdsNothing: row.phase === 'waiting' && !row.holds_slot,
    retries: row.retries,
    cancelReason: row.cancel_requested_at === null ? null : (row.cancel_reason ?? ''),
    rejection: rejectionOf(row),
    failedDependency: row.failed_dependency === null ? null : whyFailed(row.failed_dependency),
    settleByMs: settleByMs({ acceptedAtMs: timeBeginsMs(row), deadlineMs: row.deadline?.getTime() ?? null }, row.limits),
  }));
}

async function listSessions(database: Database, { olderThanMs, after, limit }: SessionPage): Promise<readonly SessionHolder[]> {
  const rows = await database.read((db) => {
    let query = db
      .selectFrom('sessions')
      .leftJoin('spin_ups as p', (join) => join.onRef('p.agent_guid', '=', 'guid').on('p.status', '=', 'in-progress'))
      .leftJoin('hosts as h', (join) => join.onRef('h.id', '=', 'sessions.host_id').on('h.gone_at', 'is not', null))
      .select(['h.id as gone_host_id', 'h.gone_reason'])
      .select(['guid', 'sessions.project_id', 'state', sql<boolean>`coalesce(p.timeout_at <= now(), false)`.as('overdue')])
      .where('state', '<>', sql.lit('gone' as const))
      // One without a workflow whose workflow is yet to be started is the coordinator's, as long as there is time.
      .where(sql<boolean>`(p.id IS NULL OR p.workflow_seen_at IS NOT NULL OR p.timeout_at <= now())`)
      .where('sessions.updated_at', '<=', sql<Date>`now() - make_interval(secs => ${olderThanMs / 1000})`);
    if (after !== null) query = query.where('guid', '>', after);
    return query.orderBy('guid').limit(limit).execute();
  });
  return rows.map((row) => ({
    guid: row.guid,
    projectId: row.project_id,
    state: row.state,
    hostGone: row.gone_host_id === null ? null : sayHostGone({ hostId: row.gone_host_id, reason: row.gone_reason }),
    overdue: row.overdue,
  }));
}

/** The agent holds its place on the target until it is verified gone, like any other that was to be started. */
async function recordSpinUpTimeout(tx: Tx, guid: AgentGuid): Promise<boolean> {
  // The session before its spin-up, as where an agent registers.
  await tx.selectFrom('sessions').select('guid').where('guid', '=', guid).forNoKeyUpdate().execute();
  const late = await tx
    .selectFrom('spin_ups')
    .select('id')
    .where('agent_guid', '=', guid)
    .where('status', '=', 'in-progress')
    .where('timeout_at', '<=', sql<Date>`now()`)
    .executeTakeFirst();
  if (late === undefined) return false;
  await endSession(tx, guid, { cause: 'spin-up-failed', message: TIMEOUT_MESSAGE });
  return true;
}

/** An item that somebody asked to cancel is cancelled all the same; any other is a dead letter. */
async function settleTerminated(tx: Tx, { workId, runId, message }: { workId: string; runId: string; message: string }): Promise<Aftermath | null> {
  const item = await lockItem(tx, workId);
  if (item === undefined || isSettled(item.phase)) return null;
  if (item.run_id !== null && item.run_id !== runId) return null;
  return writeEnd(tx, item, {
    outcome:
      item.cancel_requested_at === null
        ? { kind: 'dead-lettered', reason: message, failureClass: 'terminated-by-operator' }
        : { kind: 'cancelled', reason: item.cancel_reason ?? message },
    key: `wf:${runId}:0:terminated`,
  });
}
