import { sql } from 'kysely';
import { HOST_SILENT_MS, judgeDeclaration, sayHostGone } from '../../domain/hosts/host.ts';
import { WeftError } from '../../domain/errors.ts';
import type { AgentGuid, HostId } from '../../domain/ids.ts';
import type { HostLedger } from '../../ports/ledger/host-ledger.ts';
import type { Database, Tx } from './database.ts';
import { boundedText } from './json.ts';
import { readPage } from './read-page.ts';
import { factsOf, isWithinReach, selectHosts, toHost } from './select-hosts.ts';
import type { HostRow } from './select-hosts.ts';
import { present } from './to-work-item.ts';
import { toSession } from './to-session.ts';
import { REQUEST_TEXT_CHARS_MAX, writeAudit } from './write-audit.ts';

const AGENTS_TOLD_MAX = 1000;
const REASON_CHARS_MAX = 1024;
const HOSTNAME_CHARS_MAX = 256;

type Wish = Parameters<HostLedger['declareGone']>[1];

/** Machines, whether their workers are there, and what those have left behind that were declared gone. */
export function createHostLedger(database: Database): HostLedger {
  return {
    list: async ({ projects, page }) => {
      const backwards = page.from?.direction === 'before';
      const { rows, ...ends } = await readPage(page, (limit) =>
        database.read((db) => {
          let query = selectHosts(db, projects).where(isWithinReach(projects));
          if (page.from !== null) query = query.where('h.id', backwards ? '<' : '>', page.from.position);
          return query
            .orderBy('h.id', backwards ? 'desc' : 'asc')
            .limit(limit)
            .execute();
        }),
      );
      return { ...ends, items: rows.map(toHost) };
    },
    declareGone: (hostId, wish) => declareGone(database, hostId, wish),
    beat: (hostId) => beat(database, hostId),
    leave: async (hostId) => {
      await database.read((db) => sql`UPDATE host_beats SET seen_at = now(), up_until = now() WHERE host_id = ${hostId}`.execute(db));
    },
    comeBack: (host) => database.transact((tx) => comeBack(tx, host)),
    listLeftBehind: (hostId, limit) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('sessions')
          .selectAll()
          .where('host_id', '=', hostId)
          .where('left_behind', '=', true)
          .orderBy('guid')
          .limit(limit)
          .execute();
        return rows.map(toSession);
      }),
    recordVerified: async (guid) => {
      await database.read((db) => db.updateTable('sessions').set({ left_behind: false }).where('guid', '=', guid).where('left_behind', '=', true).execute());
    },
  };
}

/**
 * In two transactions: who starts an agent holds the row of the host while it holds others, so whoever changes that row must hold
 * nothing else. What is not done after the first one is done by the reconciler.
 */
async function declareGone(database: Database, hostId: HostId, wish: Wish): ReturnType<HostLedger['declareGone']> {
  const row = await database.transact((tx) => markGone(tx, hostId, wish));
  if (row === null) return null;
  const agents = await database.transact((tx) => takeOut(tx, hostId));
  const host = await database.read((db) => selectHosts(db, 'all').where('h.id', '=', hostId).executeTakeFirstOrThrow());
  return { host: toHost(host), agents, message: sayHostGone({ hostId, reason: row.gone_reason }) };
}

async function markGone(tx: Tx, hostId: HostId, { reason, author }: Wish): Promise<HostRow | null> {
  await sql`SELECT 1 FROM hosts WHERE id = ${hostId} FOR UPDATE`.execute(tx);
  const row = await selectHosts(tx, 'all').where('h.id', '=', hostId).executeTakeFirst();
  if (row === undefined) return null;
  const verdict = judgeDeclaration(factsOf(row));
  if (verdict === 'refuse') throw isUp(row);
  if (verdict === 'declared-already') return row;
  const why = reason === null ? null : boundedText(reason, REASON_CHARS_MAX);
  const by = boundedText(author.name, REQUEST_TEXT_CHARS_MAX);
  await tx
    .updateTable('hosts')
    .set({ open: false, gone_at: sql<Date>`now()`, gone_by: by, gone_reason: why, updated_at: sql<Date>`now()` })
    .where('id', '=', hostId)
    .execute();
  const before = toHost(row);
  await writeAudit(tx, author, {
    action: 'host.gone',
    entityType: 'host',
    entityId: hostId,
    projectId: null,
    before: { state: before.state, sessions: before.sessions.total },
    after: { state: 'gone', ...present({ reason: why }) },
  });
  return { ...row, gone_reason: why };
}

function isUp({ id, seen_at: seenAt }: HostRow): WeftError {
  const lastSeenAt = seenAt?.toISOString() ?? null;
  const heard = lastSeenAt === null ? '' : `; it was last heard of at ${lastSeenAt}`;
  const message = `The worker of the host "${id}" is there${heard}. Stop it, or wait until it has been silent for ${String(HOST_SILENT_MS / 1000)} s.`;
  return new WeftError('HOST_IS_UP', message, { details: { hostId: id, lastSeenAt } });
}

/** From now on they are given nothing; what becomes of those that work, their supervision says. */
async function takeOut(tx: Tx, hostId: HostId): Promise<readonly AgentGuid[]> {
  const locked = await tx
    .selectFrom('sessions')
    .select('guid')
    .where('host_id', '=', hostId)
    .where('state', '<>', 'gone')
    .orderBy('guid')
    .limit(AGENTS_TOLD_MAX)
    .forNoKeyUpdate()
    .execute();
  const guids = locked.map(({ guid }) => guid);
  await sql`
    UPDATE sessions SET state = 'draining', free_since = NULL, updated_at = now()
    WHERE guid = any(${guids}::text[]) AND state = 'free'`.execute(tx);
  return guids;
}

async function beat(database: Database, hostId: HostId): ReturnType<HostLedger['beat']> {
  await database.read((db) => writeBeat(db, hostId));
  const row = await database.read((db) => db.selectFrom('hosts').select('gone_at').where('id', '=', hostId).executeTakeFirst());
  return { isDeclaredGone: row !== undefined && row.gone_at !== null };
}

/** Of a host that has a row. */
export async function writeBeat(db: Parameters<typeof selectHosts>[0], hostId: HostId): Promise<void> {
  await sql`
    INSERT INTO host_beats (host_id, seen_at, up_until) SELECT id, now(), now() + make_interval(secs => ${HOST_SILENT_MS / 1000}) FROM hosts WHERE id = ${hostId}
    ON CONFLICT (host_id) DO UPDATE SET seen_at = excluded.seen_at, up_until = excluded.up_until`.execute(db);
}

async function comeBack(tx: Tx, { hostId, hostname }: Parameters<HostLedger['comeBack']>[0]): Promise<void> {
  await sql`
    INSERT INTO hosts (id, open, hostname) VALUES (${hostId}, false, ${boundedText(hostname, HOSTNAME_CHARS_MAX)})
    ON CONFLICT (id) DO UPDATE SET gone_at = NULL, gone_by = NULL, gone_reason = NULL, hostname = excluded.hostname,
      updated_at = CASE WHEN hosts.gone_at IS NULL THEN hosts.updated_at ELSE now() END
    WHERE hosts.gone_at IS NOT NULL OR hosts.hostname IS DISTINCT FROM excluded.hostname`.execute(tx);
  await writeBeat(tx, hostId);
}
