import pg from 'pg';
import { waitFor } from '../demo/wait-for.ts';

const TIMEOUT_MS = 180_000;
const QUIET_MS = 20;
const STILL_MS = 1000;

/** Waits until every item that was accepted waits for its slot: what is still being started would slow the next round. Returns how long, in seconds. */
export async function untilQuiet(databaseUrl: string): Promise<number> {
  const startedAt = performance.now();
  const accepted = "select count(*)::int as n from work_items where phase = 'accepted'";
  await untilCount(databaseUrl, accepted, { what: 'all items to wait', pollMs: QUIET_MS, isDone: (busy) => busy === 0 });
  return (performance.now() - startedAt) / 1000;
}

/** Waits until nothing more is recorded: what was done before must not be told of during the next round. */
export async function untilStill(databaseUrl: string): Promise<void> {
  const events = 'select count(*)::int as n from events';
  await untilCount(databaseUrl, events, { what: 'events to cease', pollMs: STILL_MS, isDone: (now, before) => now === before });
}

interface Wanted {
  readonly what: string;
  readonly pollMs: number;
  /** Of the count and the one before it; the first has none. */
  readonly isDone: (now: number, before: number | undefined) => boolean;
}

async function untilCount(databaseUrl: string, query: string, { what, pollMs, isDone }: Wanted): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    let before: number | undefined;
    await waitFor({ what, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal, pollMs }, async () => {
      const { rows } = await client.query<{ n: number }>(query);
      const now = rows[0]?.n ?? Number.NaN;
      const done = isDone(now, before);
      before = now;
      return done ? true : null;
    });
  } finally {
    await client.end();
  }
}
