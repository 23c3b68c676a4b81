import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { createLedger } from '../../src/adapters/postgres/index.ts';
import { defaultPolicy } from '../../src/domain/policy/project-policy.ts';
import { createTestDatabase, scratchDirectory } from '../support/servers.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const database = await createTestDatabase();

afterAll(() => database.drop());

test('migrate makes the ledger in a database whose address is in a file, and changes nothing the second time', async () => {
  const file = join(scratchDirectory('migrate'), 'database-url');
  writeFileSync(file, `${database.url}\n`);
  const migrate = (): Promise<unknown> =>
    promisify(execFile)(process.execPath, ['--import', import.meta.resolve('tsx'), MAIN, 'migrate'], {
      env: { PATH: process.env['PATH'] ?? '', DATABASE_URL_FILE: file },
    });

  await migrate();
  await migrate();

  const ledger = createLedger({ databaseUrl: database.url, poolMax: 1, defaultPolicy: defaultPolicy(1), defaultIdleTimeoutMs: 0 });
  const id = await ledger.installationId().finally(() => ledger.close());
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
});
