import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { workWorkflowId } from '../../src/contract/names.ts';
import type { Stack } from '../demo/stack.ts';
import { waitFor } from '../demo/wait-for.ts';

const TIMEOUT_MS = 180_000;
const QUIET_MS = 20;
// Workflows are taken up in the order in which they were started, a few at once.
const LATEST = 16;
// Started, and its first task scheduled, begun and done.
const EVENTS_TAKEN_UP = 4;
const STILL_MS = 1000;

/** Waits until the workflows of the latest items wait for their slots: what is still being started would slow the next round. Returns how long, in seconds. */
export async function untilTakenUp({ database, temporal }: Stack): Promise<number> {
  const startedAt = performance.now();
  const connection = await Connection.connect({ address: temporal });
  const { workflow } = new Client({ connection, namespace: 'weft' });
  try {
    // One after the other: many questions at once would be work for the server.
    for (const id of await latestItems(database)) await untilLong(() => workflow.getHandle(workWorkflowId(id)).describe());
  } finally {
    await connection.close();
  }
  return (performance.now() - startedAt) / 1000;
}

async function latestItems(databaseUrl: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<{ id: string }>('select id from work_items order by offered_at desc limit $1', [LATEST])).rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
}

async function untilLong(describe: () => Promise<{ readonly historyLength: number }>): Promise<void> {
  const signal = new AbortController().signal;
  await waitFor({ what: 'all items to wait', timeoutMs: TIMEOUT_MS, signal, pollMs: QUIET_MS }, async () =>
    (await describe()).historyLength >= EVENTS_TAKEN_UP ? true : null,
  );
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
