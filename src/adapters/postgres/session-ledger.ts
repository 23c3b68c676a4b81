import { sql } from 'kysely';
import { causeWithHost } from '../../domain/agents/session-end.ts';
import type { Handle, Session } from '../../domain/agents/session.ts';
import type { AgentGuid } from '../../domain/ids.ts';
import type { MechanismConfig } from '../../domain/targets/mechanism-config.ts';
import type { SessionLedger } from '../../ports/ledger/session-ledger.ts';
import { appendEvent, appendMarked, appendOnce } from './append-events.ts';
import type { NewEvent } from './append-events.ts';
import type { Database, Tx } from './database.ts';
import { createHostGate, holdGone } from './host-gate.ts';
import { toJson } from './json.ts';
import type { LedgerContext } from './ledger-context.ts';
import { endSession } from './end-session.ts';
import type { SessionRow } from './tables.ts';
import { reportStart } from './target-breaker.ts';
import { agentSummary, toSession } from './to-session.ts';

/** Rows of agent sessions. */
export function createSessionLedger({ database }: LedgerContext): SessionLedger {
  return {
    find: (guid) =>
      database.read(async (db) => {
        const row = await db.selectFrom('sessions').selectAll().where('guid', '=', guid).executeTakeFirst();
        return row === undefined ? null : toSession(row);
      }),
    findForSpinUp: (guid) => findForSpinUp(database, guid),
    recordHandle: (guid, handle) => database.transact((tx) => recordHandle(tx, guid, handle)),
    recordSupervision: (guid, taskToken) =>
      database.read(async (db) => {
        const session = await db
          .updateTable('sessions')
          .set({ task_token: Buffer.from(taskToken) })
          .where('guid', '=', guid)
          .returning(['state', 'work_id as workId'])
          .executeTakeFirst();
        return session ?? null;
      }),
    findSupervision: (guid) =>
      database.read(async (db) => {
        const row = await db.selectFrom('sessions').select('task_token').where('guid', '=', guid).where('state', '<>', 'gone').executeTakeFirst();
        return row === undefined || row.task_token === null ? null : { guid, taskToken: row.task_token };
      }),
    recordFailedExit: (guid) =>
      database.read(async (db) => {
        await db.updateTable('sessions').set({ exit_failed: true }).where('guid', '=', guid).where('end_cause', 'is', null).execute();
      }),
    recordRegistered: (guid) => database.transact((tx) => recordRegistered(tx, guid)),
    recordEnding: (guid, end) => database.transact((tx) => endSession(tx, guid, end)),
    recordGone: (guid) => database.transact((tx) => recordGone(tx, guid)),
    giveUp: (guid) => database.transact((tx) => giveUp(tx, guid)),
    ...createHostGate(database),
  };
}

/** Only while it is wanted: starting, or registered already because the agent was quicker than the spin-up; and its item, if it has one, neither cancelled nor under another fence. */
async function findForSpinUp(database: Database, guid: AgentGuid): Promise<{ session: Session; config: MechanismConfig } | null> {
  const row = await database.read((db) =>
    db
      .selectFrom('sessions as s')
      .innerJoin('targets as t', 't.id', 's.target_id')
      .leftJoin('work_items as w', 'w.id', 's.work_id')
      .leftJoin('slots as g', (join) => join.onRef('g.work_id', '=', 's.work_id').onRef('g.fence', '=', 's.fence'))
      .selectAll('s')
      .select('t.mechanism_config')
      .where('s.guid', '=', guid)
      .where('s.state', 'in', ['starting', 'busy', 'free'])
      .where((or) => or.or([or('s.work_id', 'is', null), or.and([or('w.cancel_requested_at', 'is', null), or('g.state', '=', 'taken')])]))
      .executeTakeFirst(),
  );
  return row === undefined ? null : { session: toSession(row), config: row.mechanism_config };
}

/** Locked; with the capability of its item, and how long it has been there. */
interface LockedSession extends SessionRow {
  readonly item_capability: string | null;
  readonly age_ms: number;
}

async function lockSession(tx: Tx, guid: AgentGuid): Promise<LockedSession | undefined> {
  return tx
    .selectFrom('sessions as s')
    .selectAll('s')
    .select((select) => [
      select.selectFrom('work_items as w').select('w.capability').whereRef('w.id', '=', 's.work_id').as('item_capability'),
      sql<number>`round(extract(epoch FROM now() - s.created_at) * 1000)::int`.as('age_ms'),
    ])
    .where('s.guid', '=', guid)
    .forNoKeyUpdate('s')
    .executeTakeFirst();
}

async function recordHandle(tx: Tx, guid: AgentGuid, handle: Handle): Promise<void> {
  const session = await lockSession(tx, guid);
  // A session that is being wound up keeps it as well: only with it can the agent be stopped.
  if (session === undefined || session.state === 'gone') return;
  const started = { ...spinUpEvent(session, 'spin-up:started'), data: spinUpData(session) };
  if (await appendOnce(tx, started, { handle: toJson(handle) })) return;
  await tx
    .updateTable('sessions')
    .set({ handle: toJson(handle) })
    .where('guid', '=', guid)
    .execute();
}

/** See `SessionLedger.recordRegistered`. */
export async function recordRegistered(tx: Tx, guid: AgentGuid): Promise<{ targetRecovered: boolean }> {
  const session = await lockSession(tx, guid);
  if (session?.state !== 'starting') return { targetRecovered: false };
  const { task, work_id: workId, capabilities, boundaries, age_ms: durationMs } = session;
  const isFree = task === 'serve' && workId === null;
  const registered = sql`
    UPDATE sessions SET state = ${isFree ? 'free' : 'busy'}, registered_at = now(), free_since = CASE WHEN ${isFree} THEN now() END,
      event_seq = event_seq + 2, updated_at = now()
    WHERE guid = ${guid} RETURNING guid AS entity_id, event_seq`;
  const agent = { agent: agentSummary(session), capabilities, boundaries, status: isFree ? 'online' : 'busy' };
  await appendMarked(tx, registered, [
    { ...spinUpEvent(session, 'agent:registered'), data: agent, before: 1 },
    { ...spinUpEvent(session, 'spin-up:completed'), data: { ...spinUpData(session), agentGuid: guid, durationMs }, before: 0 },
  ]);
  if (workId === null) await completeSpinUp(tx, guid);
  return { targetRecovered: await reportStart(tx, session.target_id, { kind: 'start-succeeded' }) };
}

/** The operation that the agent was started for. */
async function completeSpinUp(tx: Tx, guid: AgentGuid): Promise<void> {
  await tx
    .updateTable('spin_ups')
    .set({ status: 'success', completed_at: sql<Date>`now()` })
    .where('agent_guid', '=', guid)
    .where('status', '=', 'in-progress')
    .execute();
}

async function recordGone(tx: Tx, guid: AgentGuid): Promise<void> {
  const session = await lockSession(tx, guid);
  if (session === undefined || session.state === 'gone') return;
  await writeGone(tx, session, { end_cause: session.end_cause, left_behind: false });
}

/** See `SessionLedger.giveUp`. */
async function giveUp(tx: Tx, guid: AgentGuid): Promise<'given-up' | 'host-is-back'> {
  const session = await lockSession(tx, guid);
  if (session === undefined || session.state === 'gone') return 'given-up';
  if (!(await holdGone(tx, session.host_id))) return 'host-is-back';
  await writeGone(tx, session, { end_cause: causeWithHost(session.end_cause), left_behind: true });
  return 'given-up';
}

async function writeGone(tx: Tx, session: SessionRow, how: Pick<SessionRow, 'end_cause' | 'left_behind'>): Promise<void> {
  const { target_id: targetId, target_name: targetName } = session;
  const gone = {
    ...spinUpEvent(session, 'agent:gone'),
    data: { agent: agentSummary(session), targetId, targetName, cause: how.end_cause, ...(how.left_behind ? { verified: false } : {}) },
  };
  await appendEvent(tx, gone, { state: 'gone', free_since: null, task_token: null, ...how });
}

function spinUpEvent(session: SessionRow, type: NewEvent['type']): Omit<NewEvent, 'data'> {
  const { guid, project_id: projectId, fence } = session;
  return { key: `session:${guid}:${type}`, entityType: 'agent', entityId: guid, projectId, type, agentGuid: guid, ...(fence === null ? {} : { fence }) };
}

/** The capability is the item's; without an item, the first of the target. */
function spinUpData(session: LockedSession): NewEvent['data'] {
  const { target_id: targetId, target_name: targetName, agent_type: agentType, capabilities, work_id: workId } = session;
  const common = { targetId, targetName, agentType };
  if (workId === null) return { ...common, capability: capabilities[0] ?? '' };
  return { ...common, capability: session.item_capability, workId };
}
