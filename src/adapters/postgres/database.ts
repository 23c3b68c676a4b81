import { Kysely, PostgresDialect, sql } from 'kysely';
import type { PostgresPool, Transaction } from 'kysely';
import { toLedgerError } from './database-errors.ts';
import { createGuardedPool } from './guarded-pool.ts';
import type { GuardedPool, PoolOptions } from './guarded-pool.ts';
import { createEventBell, EVENT_CHANNEL } from './event-bell.ts';
import type { Tables } from './tables.ts';
import { inTransaction } from './transaction.ts';

export type Tx = Transaction<Tables>;
export type Db = Kysely<Tables>;

/** The two ways to use PostgreSQL. Both throw `LEDGER_UNAVAILABLE` when it is away, in bounded time. */
export interface Database {
  /** Single statements, each seeing what was committed before it. */
  readonly read: <T>(run: (db: Db) => Promise<T>) => Promise<T>;
  /** One transaction (read committed); throws `COMMIT_UNKNOWN` when the connection broke during its COMMIT. Wakes the relay. */
  readonly transact: <T>(run: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** Connects on first use. */
export function createDatabase(options: PoolOptions): Database {
  // The cast leaves out cursors, which are not configured.
  const pool = createGuardedPool(options);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) });
  const bell = createEventBell(async () => {
    // A ring that is lost only delays, so it need not wait for the disk as every commit does that notifies.
    await sql`select set_config('synchronous_commit', 'off', true), pg_notify(${EVENT_CHANNEL}, '')`.execute(db);
  });
  return {
    read: (run) => mapped(() => run(db)),
    transact: async (run) => {
      const result = await mapped(() => transact(pool, run));
      bell.ring();
      return result;
    },
    close: async () => {
      await bell.close();
      await db.destroy();
    },
  };
}

async function transact<T>(pool: GuardedPool, run: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    return await inTransaction(client, run);
  } finally {
    client.release();
  }
}

async function mapped<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toLedgerError(error);
  }
}
