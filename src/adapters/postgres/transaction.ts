import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type { DatabaseConnection, Driver, PostgresQueryResult, Transaction } from 'kysely';
import type { GuardedClient } from './guarded-pool.ts';
import type { Tables } from './tables.ts';

type Tx = Transaction<Tables>;
type Query = (sql: string, parameters: readonly unknown[]) => Promise<PostgresQueryResult<unknown>>;

const CHANGES: readonly string[] = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'];

/**
 * Runs one transaction (read committed) on this connection. Statements that do not need each other's answers may be asked for together:
 * they are done in that order, and only the last answer is waited for. Kysely's own transaction lets each wait for the one before it.
 */
export async function inTransaction<T>(client: GuardedClient, run: (tx: Tx) => Promise<T>): Promise<T> {
  let isOver = false;
  const query: Query = (sql, parameters) => {
    if (isOver) return Promise.reject(new Error(`A statement came after the end of its transaction: ${sql.slice(0, 80)}`));
    return client.query(sql, parameters);
  };
  const begun = client.query('begin', []);
  // Seen with the first statement after it, too.
  begun.catch(() => undefined);
  try {
    const result = await run(createTx(query));
    await begun;
    isOver = true;
    await client.query('commit', []);
    return result;
  } catch (error) {
    isOver = true;
    await client.query('rollback', []);
    throw error;
  }
}

function createTx(query: Query): Tx {
  const connection: DatabaseConnection = {
    executeQuery: async ({ sql, parameters }) => {
      const { command, rowCount, rows } = await query(sql, parameters);
      return { rows: rows as never[], ...(CHANGES.includes(command) ? { numAffectedRows: BigInt(rowCount) } : {}) };
    },
    streamQuery: () => unsupported('streaming'),
  };
  const driver: Driver = {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    releaseConnection: () => Promise.resolve(),
    beginTransaction: () => unsupported('a transaction within a transaction'),
    commitTransaction: () => unsupported('a transaction within a transaction'),
    rollbackTransaction: () => unsupported('a transaction within a transaction'),
    destroy: () => Promise.resolve(),
  };
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  return db as unknown as Tx; // what is missing of a transaction is refused above
}

function unsupported(what: string): never {
  throw new Error(`The ledger has no use for ${what}.`);
}
