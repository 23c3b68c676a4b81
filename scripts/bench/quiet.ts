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
