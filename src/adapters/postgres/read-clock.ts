import { sql } from 'kysely';
import type { Db } from './database.ts';

/** The ledger's own clock, in ms since 1970, like everything that is compared with it; to be asked after a row's lock was given. */
export async function readClock(db: Db): Promise<number> {
  const { rows } = await sql<{ now_ms: number }>`SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms`.execute(db);
  return rows[0]?.now_ms ?? 0;
}
