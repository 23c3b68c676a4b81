import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HOST, openWorld, TARGET } from '../api/api-world.ts';
import type { World } from '../api/api-world.ts';
import { runWeft, TIMEOUT_MS } from './run-weft.ts';

let world: World;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  world = await openWorld();
  await world.ledger.sessions.openHost(HOST);
  await world.app.listen({ host: '127.0.0.1', port: 0 });
  env = { WEFT_URL: `http://127.0.0.1:${String((world.app.server.address() as AddressInfo).port)}` };
}, TIMEOUT_MS);
afterAll(() => world.close());

async function json(...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await runWeft(['deployments', ...args, '-o', 'json'], env);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

test(
  'a deployment is created, scaled, switched, shown with its replicas, and deleted',
  async () => {
    await world.post('/api/targets', TARGET);

    const created = await json('create', '--name', 'web', '--targets', TARGET.name, '--replicas', '2', '--restart', 'on-failure', '--capabilities', 'build');
    const scaled = await json('scale', 'web', '--replicas', '3');
    const { id } = scaled as { id: string };
    await world.ledger.deployments.keep(id, { startTimeoutMs: 60_000 });
    const [shown, listed, events] = await Promise.all([
      runWeft(['deployments', 'get', 'web'], env),
      runWeft(['deployments', 'list'], env),
      runWeft(['deployments', 'events', 'web'], env),
    ]);

    expect(created).toMatchObject({ name: 'web', spec: { replicas: 2, restartPolicy: 'on-failure', needs: { capabilities: ['build'] } } });
    expect(scaled).toMatchObject({ spec: { replicas: 3 } });
    expect(shown.stdout).toMatch(/REPLICA +STATE/u);
    expect(shown.stdout).toMatch(/CrashLooping +False/u);
    expect(listed.stdout).toContain(`${id}  web   progressing  0/3`);
    expect(events.stdout).toContain('deployment:replica-starting');
  },
  TIMEOUT_MS,
);

test(
  'its switches answer with what is wanted now, and one that is not there has the exit code for that',
  async () => {
    await world.post('/api/targets', { ...TARGET, name: 'other' });
    await json('create', '--name', 'jobs', '--targets', 'other', '--paused');

    expect(await json('resume', 'jobs')).toMatchObject({ paused: false });
    expect(await json('pause', 'jobs')).toMatchObject({ paused: true, status: { phase: 'paused' } });
    expect(await json('restart', 'jobs')).toMatchObject({ revision: 2 });
    expect(await json('drain', 'jobs')).toMatchObject({ draining: true });
    expect(await json('delete', 'jobs')).toMatchObject({ removing: true });
    expect((await runWeft(['deployments', 'get', 'nobody'], env)).code).toBe(3);
  },
  TIMEOUT_MS,
);
