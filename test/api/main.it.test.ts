import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { migrate } from '../../src/adapters/postgres/index.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/servers.ts';

const MAIN = fileURLToPath(new URL('../../api/main.ts', import.meta.url));
let child: ChildProcess | undefined;
let output = '';

afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
  output = '';
});

function startApi(env: Record<string, string>): ChildProcess {
  const started = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [started.stdout, started.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child = started;
  return started;
}

test('it refuses to start where other machines reach it without a token', async () => {
  const [code] = (await once(startApi({ API_HOST: '0.0.0.0' }), 'close')) as [number];

  expect(code).toBe(1);
  expect(output).toBe('weft api: The configuration is not valid:\n  API_HOST: anything but loopback needs API_TOKENS\n');
});

test('it refuses to start with settings that are not valid, and names all of them', async () => {
  const [code] = (await once(startApi({ API_PORT: 'x', LOG_LEVEL: 'loud' }), 'close')) as [number];

  expect(code).toBe(1);
  expect(output).toContain('API_PORT');
  expect(output).toContain('LOG_LEVEL');
});

test('with PostgreSQL alone it says when it is ready, has the project of requests that name none, takes work, and ends cleanly when asked', async () => {
  const database = await createTestDatabase();
  await migrate(database.url);
  const port = await freePort(0);
  const api = startApi({
    DATABASE_URL: database.url,
    API_PORT: String(port),
    LOOMINAL_PROJECT_ID: 'ours',
    NATS_URL: `nats://127.0.0.1:${String(await freePort(0))}`,
    TEMPORAL_ADDRESS: `127.0.0.1:${String(await freePort(0))}`,
  });

  const [message] = (await once(api, 'message')) as [unknown];
  await eventually(async () => {
    const ready = await fetch(`http://127.0.0.1:${String(port)}/health/ready`);
    const dependencies = { postgres: 'up', temporal: 'away', nats: 'away' };
    expect(await ready.json()).toEqual(expect.objectContaining({ status: 'degraded', dependencies }));
  });
  const project = await fetch(`http://127.0.0.1:${String(port)}/api/projects/ours`);
  const submitted = await fetch(`http://127.0.0.1:${String(port)}/api/work`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ boundary: 'personal', capability: 'build', description: 'Build it.' }),
  });
  const answers = [await project.json(), await submitted.json()];
  api.kill('SIGTERM');
  const [code] = (await once(api, 'close')) as [number];
  await database.drop();

  expect(message).toEqual({ ready: true });
  expect(answers).toEqual([
    expect.objectContaining({ id: 'ours', version: 0, policy: {} }),
    expect.objectContaining({ status: 'pending', phase: 'waiting', projectId: 'ours' }),
  ]);
  expect(code).toBe(0);
  expect(output).toContain('no API_TOKENS');
  expect(output).toContain('api has stopped');
});
