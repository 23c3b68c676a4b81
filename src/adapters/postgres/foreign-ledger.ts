import { sql } from 'kysely';
import type { Fence, WorkId } from '../../domain/ids.ts';
import type { ForeignHold } from '../../domain/agents/foreign-hold.ts';
import type { ForeignLedger } from '../../ports/ledger/foreign-ledger.ts';
import type { Db, Tx } from './database.ts';
import type { LedgerContext } from './ledger-context.ts';
import type { LockedItem } from './locked-item.ts';
import type { LeaseRow, SlotRow } from './tables.ts';
import { toLiveLease } from './to-live-lease.ts';
import { recordAtRest } from './record-at-rest.ts';
import { heedWord, lookAtOffer } from './warp-claims.ts';

// One that did not take what it was offered gets nothing more for this long, so that others are asked.
const REST_S = 60;

export function createForeignLedger({ database, installation, defaultPolicy, user }: LedgerContext): ForeignLedger {
  const rules = { defaultPolicy, user };
  return {
    listDeserted: (limit) => database.read((db) => listDeserted(db, limit)),
    listToStop: (bounds) => database.read((db) => listToStop(db, bounds)),
    recordAtRest: async (hold) => {
      await database.transact((tx) => recordAtRest(tx, hold));
    },
    heedWord: async (word) => {
      const { secret } = await installation();
      return database.transact((tx) => heedWord(tx, word, { secret, rules }));
    },
    lookAtOffer: (offer) => database.read((db) => lookAtOffer(db, offer, rules)),
    findHolder: (hold) => database.read((db) => findHolder(db, hold)),
  };
}

async function listDeserted(db: Db, limit: number): ReturnType<ForeignLedger['listDeserted']> {
  const { rows } = await sql<LeaseRow & { untouched: boolean }>`
    SELECT l.*, (w.phase = 'starting' AND w.final_report_fence < l.fence) AS untouched
    FROM slots g JOIN leases l ON l.work_id = g.work_id AND l.fence = g.fence JOIN work_items w ON w.id = g.work_id
    LEFT JOIN agents a ON a.guid = g.agent_guid
    WHERE g.target_id IS NULL AND g.state = 'taken' AND coalesce(a.status, 'offline') = 'offline'
      AND NOT EXISTS (SELECT 1 FROM parked_reports p WHERE p.work_id = l.work_id AND p.fence = l.fence)
    ORDER BY l.written_at LIMIT ${limit}`.execute(db);
  return rows.map((row) => ({ ...toLiveLease(row), untouched: row.untouched }));
}

async function listToStop(db: Db, { notSinceMs, limit }: { notSinceMs: number; limit: number }): Promise<readonly ForeignHold[]> {
  const { rows } = await sql<ForeignHold>`
    WITH told AS (
      UPDATE slots SET told_at = now() WHERE grant_id IN (
        SELECT grant_id FROM slots WHERE may_work AND told_at <= now() - make_interval(secs => ${notSinceMs / 1000})
        ORDER BY told_at LIMIT ${limit} FOR NO KEY UPDATE SKIP LOCKED)
      RETURNING agent_guid, work_id, fence
    )
    SELECT a.guid, a.project_id AS "projectId", coalesce(a.offer ->> 'protocol', 'warp') AS protocol, t.work_id AS "workId", t.fence
    FROM told t JOIN agents a ON a.guid = t.agent_guid WHERE a.status <> 'offline'`.execute(db);
  return rows;
}

async function findHolder(db: Db, { workId, fence }: { workId: WorkId; fence: Fence }): ReturnType<ForeignLedger['findHolder']> {
  const row = await db
    .selectFrom('slots as g')
    .leftJoin('agents as a', 'a.guid', 'g.agent_guid')
    .select(['a.offer', 'a.status'])
    .where('g.work_id', '=', workId)
    .where('g.fence', '=', fence)
    .where('g.target_id', 'is', null)
    .executeTakeFirst();
  return row === undefined ? null : { protocol: row.offer?.protocol ?? 'warp', isThere: row.status !== null && row.status !== 'offline' };
}

interface Leaving {
  readonly item: LockedItem;
  readonly slot: SlotRow;
  /** It was offered the item, and has not itself said that it is done. */
  readonly mayWork: boolean;
}

/** A slot of an agent that registered by itself is released: one that may be at work is told to stop, and the item remembers it. */
export async function releaseForeign(tx: Tx, { item, slot, mayWork }: Leaving): Promise<ForeignHold | null> {
  const guid = slot.agent_guid;
  if (!mayWork || guid === null) return null;
  const agent = await tx.selectFrom('agents').select(['project_id', 'status', 'offer']).where('guid', '=', guid).executeTakeFirst();
  if (agent === undefined || agent.status === 'offline') return null;
  const protocol = agent.offer?.protocol ?? 'warp';
  // An offer in Warp's way is no assignment before it was claimed.
  if (protocol === 'warp' && item.phase === 'starting') return null;
  await tx
    .updateTable('slots')
    .set({ may_work: true, told_at: sql<Date>`now()` })
    .where('grant_id', '=', slot.grant_id)
    .execute();
  return { guid, projectId: agent.project_id, protocol, workId: item.id, fence: slot.fence };
}

/** The agent did not take it. */
export async function restForeign(tx: Tx, { agent_guid: guid, target_id: targetId }: SlotRow): Promise<void> {
  if (targetId !== null || guid === null) return;
  await tx
    .updateTable('agents')
    .set({ resting_until: sql<Date>`now() + make_interval(secs => ${REST_S})` })
    .where('guid', '=', guid)
    .execute();
}
