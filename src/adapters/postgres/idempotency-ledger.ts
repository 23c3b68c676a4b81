import { sql } from 'kysely';
import type { RawBuilder, Selectable } from 'kysely';
import type { Claim, ClaimBounds, IdempotencyLedger, KeyedRequest } from '../../ports/ledger/idempotency-ledger.ts';
import type { Database, Tx } from './database.ts';
import type { Tables } from './tables.ts';

/** Which requests were made before, and how they were answered. */
export function createIdempotencyLedger(database: Database): IdempotencyLedger {
  return {
    claim: (request, bounds) => database.transact((tx) => claim(tx, request, bounds)),
    keep: ({ caller, key, owner }, { status, body, location }) =>
      database.read(async (db) => {
        await db
          .updateTable('idempotent_requests')
          .set({ status, body, location })
          .where('caller', '=', caller)
          .where('key', '=', key)
          .where('owner', '=', owner)
          .execute();
      }),
    forget: ({ caller, key, owner }) =>
      database.read(async (db) => {
        await db.deleteFrom('idempotent_requests').where('caller', '=', caller).where('key', '=', key).where('owner', '=', owner).execute();
      }),
    prune: (bounds) => prune(database, bounds),
  };
}

async function claim(tx: Tx, request: KeyedRequest, { staleAfterMs, repeatable }: ClaimBounds): Promise<Claim> {
  const { caller, key, fingerprint, owner } = request;
  const inserted = await sql`
    INSERT INTO idempotent_requests (caller, key, fingerprint, owner)
    SELECT ${caller}, ${key}, ${fingerprint}, ${owner} WHERE NOT ${isOfSubmit(request)} ON CONFLICT DO NOTHING RETURNING owner`.execute(tx);
  if (inserted.rows.length > 0) return { kind: 'ours' };
  const row = await tx
    .selectFrom('idempotent_requests')
    .selectAll()
    .select(sql<boolean>`started_at < now() - make_interval(secs => ${staleAfterMs / 1000})`.as('stale'))
    .where('caller', '=', caller)
    .where('key', '=', key)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) {
    const { rows } = await sql<{ used: boolean }>`SELECT ${isOfSubmit(request)} AS used`.execute(tx);
    // Forgotten in this very moment: whoever asks again finds it free.
    return { kind: rows[0]?.used === true ? 'mismatch' : 'under-way' };
  }
  const verdict = judge(row, { fingerprint, repeatable });
  if (verdict.kind !== 'ours') return verdict;
  await tx
    .updateTable('idempotent_requests')
    .set({ owner, started_at: sql<Date>`now()` })
    .where('caller', '=', caller)
    .where('key', '=', key)
    .execute();
  return verdict;
}

/** Whether work was submitted with the key; found project by project, as keys of submits are ordered. */
function isOfSubmit({ projects, key }: KeyedRequest): RawBuilder<boolean> {
  const reached = projects === 'all' ? sql`projects` : sql`(SELECT unnest(${[...projects]}::text[]) AS id)`;
  return sql`EXISTS (SELECT 1 FROM ${reached} AS reached JOIN idempotency_keys AS used ON used.project_id = reached.id AND used.key = ${key})`;
}

type Row = Selectable<Tables['idempotent_requests']> & { readonly stale: boolean };

function judge(row: Row, { fingerprint, repeatable }: { fingerprint: string; repeatable: boolean }): Claim {
  if (row.fingerprint !== fingerprint) return { kind: 'mismatch' };
  if (row.status !== null) return { kind: 'answered', answer: { status: row.status, body: row.body ?? '', location: row.location } };
  if (!row.stale) return { kind: 'under-way' };
  return { kind: repeatable ? 'ours' : 'unknown' };
}

async function prune(database: Database, { olderThanDays, limit }: { olderThanDays: number; limit: number }): Promise<number> {
  let pruned = 0;
  for (const table of ['idempotent_requests', 'idempotency_keys']) {
    const rows = await database.read((db) =>
      sql`DELETE FROM ${sql.table(table)} WHERE ctid = any(ARRAY(
        SELECT ctid FROM ${sql.table(table)} WHERE created_at < now() - make_interval(days => ${olderThanDays}::int) ORDER BY created_at LIMIT ${limit}
      )) RETURNING 1`.execute(db),
    );
    pruned += rows.rows.length;
  }
  return pruned;
}
