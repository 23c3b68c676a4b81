import { Socket } from 'node:net';
import type { Selectable } from 'kysely';
import pg from 'pg';
import { WeftError } from '../../domain/errors.ts';
import type { EventLedger, PositionedEvent, RelayLeadership } from '../../ports/ledger/event-ledger.ts';
import { toLedgerError } from './database-errors.ts';
import { EVENT_CHANNEL } from './event-bell.ts';
import type { Tables } from './tables.ts';
import { toWeftEvent } from './to-event.ts';

// Any number will do, so long as all relays use the same one ("wrly" in ASCII).
const LEADER_LOCK = 0x77_72_6c_79;
const CONNECT_TIMEOUT_MS = 3000;
const STATEMENT_TIMEOUT_MS = 4000;
const SILENCE_GRACE_MS = 500;
const END_TIMEOUT_MS = 1000;
// A leader whose host vanishes without a word must not hold the lock for the two hours that TCP would wait.
const KEEPALIVES = 'SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3';

// One statement, so that a position is never given twice: ids of one entity grow with its seq, because both are given under its row's lock.
const ASSIGN = `
  WITH last AS (SELECT coalesce(max(position), 0) AS position FROM events),
  next AS (
    SELECT id, row_number() OVER (ORDER BY id) AS number
    FROM (SELECT id FROM events WHERE position IS NULL ORDER BY id LIMIT $1) AS waiting
  )
  UPDATE events SET position = last.position + next.number FROM last, next WHERE events.id = next.id
  RETURNING events.*`;

/** The relay's side of the ledger. Each leadership has a connection of its own, and everything it does goes over it: a leader that lost it writes nothing more. */
export function createEventLedger(databaseUrl: string): EventLedger {
  return {
    lead: async () => {
      const leader = new LeaderSession(databaseUrl);
      try {
        if (await leader.win()) return leader;
      } catch (error) {
        await leader.close();
        throw error;
      }
      await leader.close();
      return null;
    },
  };
}

type EventRow = Selectable<Tables['events']>;

function toPositioned(row: EventRow): PositionedEvent {
  return { ...toWeftEvent(row), position: Number(row.position) };
}

/** `#broken` is set when the connection, and with it the lock, is gone; then every call throws it. */
class LeaderSession implements RelayLeadership {
  readonly #socket = new Socket();
  readonly #client: pg.Client;
  #broken: WeftError | undefined;
  #bellRang = false;
  #wake: () => void = () => undefined;

  constructor(databaseUrl: string) {
    this.#client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS + SILENCE_GRACE_MS,
      keepAlive: true,
      application_name: 'weft relay',
      stream: () => this.#socket,
    });
    this.#client.on('error', (error) => {
      this.#break(error);
    });
    this.#client.on('end', () => {
      this.#break(new Error('the connection has ended'));
    });
    this.#client.on('notification', () => {
      this.#bellRang = true;
      this.#wake();
    });
  }

  /** Connects and tries to take the lock. */
  async win(): Promise<boolean> {
    await this.#guarded(() => this.#client.connect());
    const [row] = await this.#query<{ won: boolean }>('SELECT pg_try_advisory_lock($1) AS won', [LEADER_LOCK]);
    if (row?.won !== true) return false;
    await this.#guarded(() => this.#client.query(`${KEEPALIVES}; LISTEN ${EVENT_CHANNEL}`));
    return true;
  }

  async lastPosition(): Promise<number> {
    const [row] = await this.#query<{ position: string }>('SELECT coalesce(max(position), 0) AS position FROM events');
    return Number(row?.position);
  }

  async assignPositions(limit: number): Promise<readonly PositionedEvent[]> {
    const rows = await this.#query<EventRow>(ASSIGN, [limit]);
    return rows.map(toPositioned).sort((one, other) => one.position - other.position);
  }

  async readFrom(afterPosition: number, limit: number): Promise<readonly PositionedEvent[]> {
    return (await this.#query<EventRow>('SELECT * FROM events WHERE position > $1 ORDER BY position LIMIT $2', [afterPosition, limit])).map(toPositioned);
  }

  async waitForEvents(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#bellRang && this.#broken === undefined && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(wake, timeoutMs);
        signal.addEventListener('abort', wake, { once: true });
        function wake(): void {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          resolve();
        }
        this.#wake = wake;
      });
    }
    this.#bellRang = false;
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** Ends the session and with it the lock, also when the server no longer answers. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#socket.destroy(), END_TIMEOUT_MS);
    await this.#client.end().catch(() => undefined);
    clearTimeout(timer);
    this.#socket.destroy();
  }

  async #query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await this.#guarded(() => this.#client.query<Row>(text, [...values]));
    return rows;
  }

  async #guarded<T>(run: () => Promise<T>): Promise<T> {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      return await run();
    } catch (error) {
      // A refused statement leaves the connection as good as before; anything else does not.
      if (error instanceof pg.DatabaseError && error.severity === 'ERROR') throw toLedgerError(error);
      throw this.#break(error);
    }
  }

  #break(cause: unknown): WeftError {
    this.#broken ??= new WeftError('LEDGER_UNAVAILABLE', 'The relay has lost its connection to PostgreSQL, and leadership with it.', { cause });
    this.#wake();
    return this.#broken;
  }
}
