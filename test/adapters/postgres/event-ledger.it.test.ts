import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { createEventLedger } from '../../../src/adapters/postgres/event-ledger.ts';
import { migrate } from '../../../src/adapters/postgres/index.ts';
import { hasErrorCode } from '../../../src/domain/errors.ts';
import type { RelayLeadership } from '../../../src/ports/ledger/event-ledger.ts';
import { eventually } from '../../support/eventually.ts';
import { createTestDatabase } from '../../support/servers.ts';

const database = await createTestDatabase();
const ledger = createEventLedger(database.url);
const never = new AbortController().signal;
let pool: pg.Pool;
let leaderships: RelayLeadership[] = [];

beforeAll(async () => {
  await migrate(database.url);
  pool = new pg.Pool({ connectionString: database.url, max: 10 });
  pool.on('error', () => undefined);
});

beforeEach(async () => {
  await pool.query('TRUNCATE events');
});

afterEach(async () => {
  await Promise.all(leaderships.map((leadership) => leadership.close()));
  leaderships = [];
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** A server may notice only later that a connection has ended, and with it a leadership. */
function lead(): Promise<RelayLeadership> {
  return eventually(async () => {
    const leadership = await ledger.lead();
    if (leadership === null) throw new Error('another one leads');
    leaderships.push(leadership);
    return leadership;
  });
}

async function append(client: pg.Pool | pg.PoolClient, entity: string, seq: number): Promise<void> {
  await client.query(
    `INSERT INTO events (entity_type, entity_id, seq, event_key, project_id, type, data, fence) VALUES ('work', $1, $2, $3, 'p', 'work:queued', '{"n":1}', 1)`,
    [entity, seq, `${entity}:${String(seq)}`],
  );
}

/** Assigns until nothing is left, and returns everything that has a position. */
async function drain(leadership: RelayLeadership): Promise<{ entityId: string; seq: number; position: number }[]> {
  while ((await leadership.assignPositions(3)).length > 0);
  const events = await leadership.readFrom(0, 10_000);
  return events.map(({ entityId, seq, position }) => ({ entityId, seq, position }));
}

test('one leads at a time, and the next one may when it has closed', async () => {
  const first = await lead();

  expect(await ledger.lead()).toBeNull();
  await first.close();

  await expect(lead()).resolves.toBeDefined();
});

test('gives gapless positions in order, over several rounds', async () => {
  const leader = await lead();
  for (const seq of [1, 2, 3, 4]) await append(pool, 'a', seq);
  await append(pool, 'b', 1);

  const first = await drain(leader);
  await append(pool, 'b', 2);
  const second = await drain(leader);

  expect(first.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
  expect(second.at(-1)).toEqual({ entityId: 'b', seq: 2, position: 6 });
  expect(await leader.lastPosition()).toBe(6);
});

test('reads events as they are published, after a position and at most as many as asked', async () => {
  const leader = await lead();
  for (const seq of [1, 2, 3]) await append(pool, 'a', seq);
  await leader.assignPositions(100);

  const [event, ...others] = await leader.readFrom(1, 1);

  expect(others).toEqual([]);
  expect(event).toEqual({
    entityType: 'work',
    entityId: 'a',
    seq: 2,
    type: 'work:queued',
    projectId: 'p',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/u),
    data: { n: 1 },
    fence: 1,
    position: 2,
  });
});

test('an event that commits late gets its position after those that were there, without a gap', async () => {
  const leader = await lead();
  const slow = await pool.connect();
  await slow.query('BEGIN');
  await append(slow, 'slow', 1); // a smaller id than the next one's
  await append(pool, 'quick', 1);

  const before = await drain(leader);
  await slow.query('COMMIT');
  slow.release();
  const after = await drain(leader);

  expect(before).toEqual([{ entityId: 'quick', seq: 1, position: 1 }]);
  expect(after.at(-1)).toEqual({ entityId: 'slow', seq: 1, position: 2 });
});

test('keeps the order of every entity and leaves no gap while many write at once', async () => {
  const leader = await lead();
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let seq = 1; seq <= 25; seq++) await append(pool, `entity-${String(writer)}`, seq);
  });
  const progress = { written: false };
  const written = Promise.all(writers).then(() => {
    progress.written = true;
  });
  while (!progress.written) await leader.assignPositions(7);
  await written;

  const all = await drain(leader);

  expect(all.map(({ position }) => position)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  for (let writer = 0; writer < 8; writer++) {
    const seqs = all.filter(({ entityId }) => entityId === `entity-${String(writer)}`).map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
  }
});

test('a ring wakes the leader at once, also one that came while it was busy', async () => {
  const leader = await lead();

  await pool.query(`SELECT pg_notify('weft_events', '')`);
  await leader.waitForEvents(30_000, never);
  const waiting = leader.waitForEvents(30_000, never);
  await pool.query(`SELECT pg_notify('weft_events', '')`);

  await waiting;
});

test('waiting ends after its time and when it is aborted', async () => {
  const leader = await lead();
  const abort = new AbortController();

  await leader.waitForEvents(10, never);
  const waiting = leader.waitForEvents(30_000, abort.signal);
  abort.abort();

  await waiting;
});

test('a leader whose connection is cut learns it from every call, and another one may lead', async () => {
  const cut = await lead();
  const waiting = cut.waitForEvents(30_000, never);

  await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'weft relay' AND datname = current_database()`);

  await expect(waiting).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  await expect(cut.assignPositions(1)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
  await expect(lead()).resolves.toBeDefined();
});

test('a leader whose connection hangs can still be closed, in bounded time', async () => {
  const leader = await lead();
  // By its lock: one that has lost it may still be there.
  const { rows } = await pool.query<{ pid: number }>(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  const pid = rows[0]?.pid ?? 0;
  process.kill(pid, 'SIGSTOP');

  try {
    const closed = leader.close().then(() => 'closed');
    expect(await Promise.race([closed, delay(30_000, 'hangs', { ref: false })])).toBe('closed');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

test('leading throws LEDGER_UNAVAILABLE when PostgreSQL is away', async () => {
  const away = createEventLedger('postgres://127.0.0.1:1/none');

  const error = await away.lead().catch((thrown: unknown) => thrown);

  expect(hasErrorCode(error, 'LEDGER_UNAVAILABLE')).toBe(true);
});
