import { sql } from 'kysely';
import type { Selectable } from 'kysely';
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

async function claim(tx: Tx, { caller, key, fingerprint, owner }: KeyedRequest, { staleAfterMs, repeatable }: ClaimBounds): Promise<Claim> {
  const inserted = await tx
    .insertInto('idempotent_requests')
    .values({ caller, key, fingerprint, owner })
    .onConflict((conflict) => conflict.doNothing())
    .returning('owner')
    .executeTakeFirst();
  if (inserted !== undefined) return { kind: 'ours' };
  const row = await tx
    .selectFrom('idempotent_requests')
    .selectAll()
    .select(sql<boolean>`started_at < now() - make_interval(secs => ${staleAfterMs / 1000})`.as('stale'))
    .where('caller', '=', caller)
    .where('key', '=', key)
    .forUpdate()
    .executeTakeFirst();
  // Forgotten in this very moment: whoever asks again finds it free.
  if (row === undefined) return { kind: 'under-way' };
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
