import type { PostgresQueryResult } from 'kysely';
import pg from 'pg';

/** How the ledger reaches PostgreSQL; every wait is bounded. */
export interface PoolOptions {
  readonly databaseUrl: string;
  readonly poolMax: number;
  /** Longest wait for a connection: a free one of the pool, or a new one. */
  readonly connectTimeoutMs: number;
  /** The server gives up on a statement after this; our side a little later, when the server hangs. */
  readonly statementTimeoutMs: number;
}

// The server speaks first when it is alive.
const SILENCE_GRACE_MS = 500;
const IDLE_TIMEOUT_MS = 30_000;

/** No connection, or one that broke or fell silent; `duringCommit`: nobody knows whether the transaction was committed. */
export class ConnectionBroken extends Error {
  readonly duringCommit: boolean;

  constructor(cause: unknown, duringCommit: boolean) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.duringCommit = duringCommit;
  }
}

/** What Kysely asks of a pool, with connections that are thrown away as soon as they are in doubt. */
export interface GuardedPool {
  readonly connect: () => Promise<GuardedClient>;
  readonly end: () => Promise<void>;
}

/** Opens no connection yet. A connection that breaks, idle or in use, never crashes the process. */
export function createGuardedPool(options: PoolOptions): GuardedPool {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: options.poolMax,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    statement_timeout: options.statementTimeoutMs,
    idle_in_transaction_session_timeout: options.statementTimeoutMs * 2,
    query_timeout: options.statementTimeoutMs + SILENCE_GRACE_MS,
    keepAlive: true,
    // A statement need not wait for the answer to the one before it.
    pipeline: true,
    application_name: 'weft',
  });
  // The pool drops the connection; whoever used it gets the error from its own query.
  pool.on('error', ignore);
  pool.on('connect', (client) => {
    client.on('error', ignore);
  });
  return {
    connect: async () => {
      try {
        return new GuardedClient(await pool.connect());
      } catch (error) {
        throw new ConnectionBroken(error, false);
      }
    },
    end: () => pool.end(),
  };
}

/** One checked-out connection; its statements are done in the order in which they were asked for. Once in doubt it answers nothing more and is closed on release, which rolls back. */
export class GuardedClient {
  readonly #client: pg.PoolClient;
  #doubt: ConnectionBroken | undefined;
  #gathers = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (this.#doubt !== undefined) {
      if (sql === 'rollback') return NOTHING; // no rows of any type
      throw this.#doubt;
    }
    try {
      this.#gather();
      return (await this.#client.query(toNamed(sql, parameters))) as unknown as PostgresQueryResult<R>; // the driver's own shape, which Kysely describes
    } catch (error) {
      if (isServerAnswer(error)) throw error;
      this.#doubt = new ConnectionBroken(error, sql === 'commit');
      throw this.#doubt;
    }
  }

  /** What is asked for before this process turns to something else leaves in one write: each one wakes the server. */
  #gather(): void {
    if (this.#gathers) return;
    this.#gathers = true;
    const { stream } = this.#client.connection;
    stream.cork();
    process.nextTick(() => {
      this.#gathers = false;
      stream.uncork();
    });
  }

  release(): void {
    this.#client.release(this.#doubt);
  }
}

const NOTHING: PostgresQueryResult<never> = { command: 'SELECT', rowCount: 0, rows: [] };

function ignore(): void {
  // See where it is registered.
}

// The ledger has about a hundred statements; one that would be the next is planned each time.
const NAMES_MAX = 500;
const names = new Map<string, string>();

/** A statement with a name is parsed and planned once per connection; that halves what the server spends on ours. */
function toNamed(text: string, parameters: readonly unknown[]): pg.QueryConfig {
  const values = [...parameters];
  if (values.length === 0) return { text };
  if (!names.has(text) && names.size < NAMES_MAX) names.set(text, `weft_${String(names.size)}`);
  const name = names.get(text);
  return name === undefined ? { text, values } : { name, text, values };
}

// A named statement whose tables a migration has changed since: a new connection plans it anew.
const PLAN_OUTDATED = '0A000';

/** True when the server refused the statement and the connection is as good as before. */
function isServerAnswer(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.severity === 'ERROR' && error.code !== PLAN_OUTDATED;
}
