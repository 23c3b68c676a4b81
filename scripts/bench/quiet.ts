import pg from 'pg';
import { waitFor } from '../demo/wait-for.ts';

const TIMEOUT_MS = 180_000;

/** Waits until every item that was accepted waits for its slot: what is still being started would slow the next round. */
export async function untilQuiet(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await waitFor({ what: 'all items to wait', timeoutMs: TIMEOUT_MS, signal: new AbortController().signal, pollMs: 200 }, async () => {
      const { rows } = await client.query<{ busy: number }>("select count(*)::int as busy from work_items where phase = 'accepted'");
      return rows[0]?.busy === 0 ? true : null;
    });
  } finally {
    await client.end();
  }
}

const STILL_MS = 1000;

/** Waits until nothing more is recorded: what was done before must not be told of during the next round. */
export async function untilStill(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    let before = -1;
    await waitFor({ what: 'events to cease', timeoutMs: TIMEOUT_MS, signal: new AbortController().signal, pollMs: STILL_MS }, async () => {
      const { rows } = await client.query<{ events: number }>('select count(*)::int as events from events');
      const [seen, now] = [before, rows[0]?.events ?? 0];
      before = now;
      return seen === now ? true : null;
    });
  } finally {
    await client.end();
  }
}
