import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { createDatabase } from '../../../src/adapters/postgres/database.ts';
import type { Database, Tx } from '../../../src/adapters/postgres/database.ts';
import { createTestDatabase } from '../../support/servers.ts';

let server: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;

beforeAll(async () => {
  server = await createTestDatabase();
  database = createDatabase({ databaseUrl: server.url, poolMax: 2, connectTimeoutMs: 3000, statementTimeoutMs: 10_000 });
  await database.read((db) => sql`CREATE SEQUENCE turns; CREATE TABLE notes (note text PRIMARY KEY)`.execute(db));
});
beforeEach(() => database.read((db) => sql`TRUNCATE notes; ALTER SEQUENCE turns RESTART`.execute(db)));
afterAll(async () => {
  await database.close();
  await server.drop();
});

async function turn(tx: Tx): Promise<number> {
  const { rows } = await sql<{ turn: number }>`SELECT nextval('turns')::int AS turn`.execute(tx);
  return rows[0]?.turn ?? 0;
}

async function builtTurn(tx: Tx): Promise<number> {
  const row = await tx.selectNoFrom(sql<number>`nextval('turns')::int`.as('turn')).executeTakeFirstOrThrow();
  return row.turn;
}

function note(tx: Tx, text: string): Promise<unknown> {
  return sql`INSERT INTO notes VALUES (${text})`.execute(tx);
}

async function notes(): Promise<readonly string[]> {
  const { rows } = await database.read((db) => sql<{ note: string }>`SELECT note FROM notes ORDER BY note`.execute(db));
  return rows.map((row) => row.note);
}

test('statements that are asked for together are done in that order, however they were built', async () => {
  for (let round = 0; round < 20; round++) {
    const turns = await database.transact((tx) => Promise.all([turn(tx), builtTurn(tx), turn(tx), builtTurn(tx), builtTurn(tx), turn(tx)]));
    expect(turns).toEqual(Array.from({ length: 6 }, (_, index) => round * 6 + index + 1));
  }
});

test('one that fails among others is the error of the transaction, and leaves nothing', async () => {
  const failing = database.transact((tx) => Promise.all([note(tx, 'a'), note(tx, 'a'), note(tx, 'b')]));

  await expect(failing).rejects.toThrow('SQLSTATE 23505');
  expect(await notes()).toEqual([]);
});

test('what the caller throws leaves nothing, also while statements are under way, and the connection is as good as before', async () => {
  const thrown = database.transact(async (tx) => {
    await Promise.all([note(tx, 'a'), Promise.reject(new Error('changed my mind'))]);
  });

  await expect(thrown).rejects.toThrow('changed my mind');
  await database.transact((tx) => note(tx, 'b'));
  expect(await notes()).toEqual(['b']);
});

test('a statement that comes after the end is refused, so that it is not done outside of the transaction', async () => {
  const kept = await database.transact((tx) => Promise.resolve({ tx }));

  await expect(note(kept.tx, 'late')).rejects.toThrow('after the end of its transaction');
  expect(await notes()).toEqual([]);
});
