import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { createLedger, migrate } from '../../../src/adapters/postgres/index.ts';
import { defaultPolicy } from '../../../src/domain/policy/project-policy.ts';
import { createTestDatabase } from '../../support/servers.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

async function query(text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

function open(installationId?: string): ReturnType<typeof createLedger> {
  return createLedger({
    databaseUrl: database.url,
    poolMax: 1,
    defaultPolicy: defaultPolicy(1),
    defaultIdleTimeoutMs: 0,
    ...(installationId === undefined ? {} : { installationId }),
  });
}

test('many that migrate at once leave one schema, each step applied once', async () => {
  await Promise.all([1, 2, 3, 4].map(() => migrate(database.url)));
  await migrate(database.url);

  const applied = (await query('select number from weft_migrations order by applied_at, number')) as { number: number }[];
  expect(applied.length).toBeGreaterThanOrEqual(2);
  expect(applied.map(({ number }) => number)).toEqual(applied.map((_, index) => index + 1));
  expect(await query('select count(*)::int as rows from installation')).toEqual([{ rows: 1 }]);
});

test('a database that a newer version has migrated is refused', async () => {
  await migrate(database.url);
  await query("insert into weft_migrations values (999, 'from the future')");

  await expect(migrate(database.url)).rejects.toThrow('999');
});

test('the installation keeps its first id, and another one is refused', async () => {
  await migrate(database.url, 'installation-1');
  await migrate(database.url, 'installation-2');
  const [own, foreign] = [open('installation-1'), open('installation-2')];

  expect(await own.installationId()).toBe('installation-1');
  await expect(foreign.installationId()).rejects.toMatchObject({ code: 'INSTALLATION_MISMATCH' });

  await Promise.all([own.close(), foreign.close()]);
});

test('a server that is away is reported as such', async () => {
  await expect(migrate('postgres://weft@127.0.0.1:1/nothing')).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
});
