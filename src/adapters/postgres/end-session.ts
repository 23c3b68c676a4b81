import { sql } from 'kysely';
import type { SessionEnd } from '../../domain/agents/session-end.ts';
import { WeftError } from '../../domain/errors.ts';
import type { AgentGuid } from '../../domain/ids.ts';
import type { Retirement } from '../../domain/scheduling/grant.ts';
import type { EndedLease } from '../../ports/ledger/session-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { boundedText } from './json.ts';
import { lockItem } from './locked-item.ts';
import type { LeaseRow, SessionRow } from './tables.ts';
import { reportStart } from './target-breaker.ts';
import { toLiveLease } from './to-live-lease.ts';
import { agentSummary } from './to-session.ts';

const MESSAGE_CHARS_MAX = 1024;
const DRAINED: Retirement['reason'] = 'drained';

interface End {
  readonly cause: SessionEnd;
  readonly message: string;
}

/**
 * The session is on its way out: draining, in no free set any more. Returns the live lease of the item that it works on.
 * A repeat changes nothing and returns what is live now.
 */
export async function endSession(tx: Tx, guid: AgentGuid, end: End): Promise<EndedLease | null> {
  const session = await lockWithItem(tx, guid);
  if (session === undefined || session.state === 'gone') return null;
  if (session.end_cause === null) await recordEnd(tx, session, end);
  if (session.work_id === null || session.fence === null) return null;
  const lease = await tx
    .selectFrom('leases')
    .selectAll()
    .where('work_id', '=', session.work_id)
    .where('fence', '=', session.fence)
    .where('agent_guid', '=', guid)
    .executeTakeFirst();
  return lease === undefined ? null : { ...toLiveLease(lease), untouched: await isUntouched(tx, lease) };
}

/** Told to a free agent, and not a word of it since: a starting one would have failed to start instead. */
async function isUntouched(tx: Tx, { work_id: workId, fence }: LeaseRow): Promise<boolean> {
  const slot = await tx
    .selectFrom('slots as g')
    .innerJoin('work_items as w', 'w.id', 'g.work_id')
    .select('g.grant_id')
    .where('g.work_id', '=', workId)
    .where('g.fence', '=', fence)
    .where('g.kind', '=', 'agent')
    .where('w.phase', '=', 'leased')
    .whereRef('w.final_report_fence', '<', 'g.fence')
    .executeTakeFirst();
  return slot !== undefined;
}

/** The item first, then the session: the order of locks everywhere. */
async function lockWithItem(tx: Tx, guid: AgentGuid): Promise<SessionRow | undefined> {
  const seen = await tx.selectFrom('sessions').select('work_id').where('guid', '=', guid).executeTakeFirst();
  if (seen === undefined) return undefined;
  if (seen.work_id !== null) await lockItem(tx, seen.work_id);
  const session = await tx.selectFrom('sessions').selectAll().where('guid', '=', guid).forNoKeyUpdate().executeTakeFirst();
  if (session !== undefined && session.work_id !== null && session.work_id !== seen.work_id) {
    // Granted to another item in between, whose lock must not be waited for while the session's is held.
    throw new WeftError('LEDGER_UNAVAILABLE', `The agent session ${guid} has just changed its work item; try again.`);
  }
  return session;
}

async function recordEnd(tx: Tx, session: SessionRow, { cause, message }: End): Promise<void> {
  const { guid, target_id: targetId, target_name: targetName, agent_type: agentType, work_id: workId } = session;
  const text = boundedText(message, MESSAGE_CHARS_MAX);
  if (workId === null) await failSpinUp(tx, guid, text);
  const refused = cause === 'start-refused';
  const failed = refused || cause === 'spin-up-failed';
  if (failed && session.registered_at === null) await reportStart(tx, targetId, { kind: 'start-failed', refused, error: text });
  const ending = {
    key: `session:${guid}:ending`,
    entityType: 'agent',
    entityId: guid,
    projectId: session.project_id,
    type: failed ? 'spin-up:failed' : 'agent:shutdown',
    data: failed
      ? { targetId, targetName, agentType, errorMessage: text, ...(workId === null ? {} : { workId }) }
      : { agent: agentSummary(session), reason: shutdownReason(session, cause), graceful: isGraceful(session, cause), cause, message: text },
    agentGuid: guid,
    ...(session.fence === null ? {} : { fence: session.fence }),
  } as const;
  await appendEvent(tx, ending, { state: 'draining', free_since: null, end_cause: cause, end_message: text });
}

/** The operation that the agent was started for, unless it has succeeded: an agent that has registered was started. */
async function failSpinUp(tx: Tx, guid: AgentGuid, error: string): Promise<void> {
  await tx
    .updateTable('spin_ups')
    .set({ status: sql<'failed' | 'timeout'>`CASE WHEN timeout_at <= now() THEN 'timeout' ELSE 'failed' END`, error, completed_at: sql<Date>`now()` })
    .where('agent_guid', '=', guid)
    .where('status', '=', 'in-progress')
    .execute();
}

function isGraceful({ shutdown_graceful: asked }: SessionRow, cause: SessionEnd): boolean {
  return (cause === 'left' || cause === 'stopped') && asked !== false;
}

/** The reasons of the contract. */
function shutdownReason(session: SessionRow, cause: SessionEnd): 'idle-timeout' | 'manual' | 'coordinator-shutdown' | 'error' {
  switch (cause) {
    case 'lost':
    case 'spin-up-failed':
    case 'start-refused':
    case 'host-gone':
      return 'error';
    case 'left':
      return 'coordinator-shutdown';
    case 'stopped':
      return wasIdle(session) ? 'idle-timeout' : 'manual';
    case 'terminated-by-operator':
      return 'manual';
  }
}

function wasIdle(session: SessionRow): boolean {
  return session.retired_at !== null && session.shutdown_requested_at === null && session.stop_reason !== DRAINED;
}
