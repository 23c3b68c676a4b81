import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Host } from '../../src/domain/hosts/host.ts';
import { HOST, openWorld } from './api-world.ts';
import type { World } from './api-world.ts';
import { startedAgent } from './started-agent.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ tokens: ['operator-secret-1'] });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.query('delete from sessions');
  await world.query('delete from hosts');
  await world.ledger.sessions.openHost(HOST);
  world.engine.calls.length = 0;
  world.engine.state = 'here';
});

type Headers = Record<string, string>;
const asOperator: Headers = { authorization: 'Bearer operator-secret-1' };

const gone = (id: string, payload: object = {}, headers = asOperator) => world.request('POST', `/api/hosts/${id}/gone`, { payload, headers });

async function list(headers = asOperator): Promise<readonly Host[]> {
  return (await world.get('/api/hosts', headers)).json<{ hosts: Host[] }>().hosts;
}

async function withToken(body: object): Promise<Headers> {
  const made = await world.post('/api/tokens', { name: randomUUID(), ...body }, asOperator);
  return { authorization: `Bearer ${made.json<{ token: string }>().token}` };
}

/** In the ledger, as `startedAgent` does without tokens. */
async function anAgent(state: 'busy' | 'free'): Promise<string> {
  const open = { ...world, post: (url: string, payload?: unknown) => world.post(url, payload, asOperator) };
  const guid = await startedAgent(open, { state });
  world.engine.calls.length = 0;
  return guid;
}

async function silence(): Promise<void> {
  await world.query(`update host_beats set up_until = now() - interval '1 s'`);
}

test('hosts are listed, page by page, with what runs there', async () => {
  await anAgent('busy');
  await world.ledger.hosts.comeBack({ hostId: 'another', hostname: 'machine' });

  const first = (await world.get('/api/hosts?limit=1', asOperator)).json<{ hosts: Host[]; nextCursor: string; count: number }>();
  const second = (await world.get(`/api/hosts?cursor=${first.nextCursor}`, asOperator)).json<{ hosts: Host[]; nextCursor: null }>();

  expect(first).toMatchObject({ hosts: [{ id: 'another', open: false }], count: 1 });
  expect(second).toMatchObject({ hosts: [{ id: HOST, state: 'up', open: true, sessions: { busy: 1, total: 1 } }], nextCursor: null });
});

test('a host whose worker is there is not declared gone', async () => {
  const guid = await anAgent('free');

  const refused = await gone(HOST);

  expect([refused.statusCode, refused.json()]).toEqual([
    409,
    expect.objectContaining({ code: 'HOST_IS_UP', details: expect.objectContaining({ hostId: HOST }) }),
  ]);
  expect(world.engine.calls).toEqual([]);
  expect((await world.ledger.sessions.find(guid))?.state).toBe('free');
});

test('one that is silent is: the supervision of each of its agents is told to give it up, and the coordinator looks', async () => {
  const guids = [await anAgent('busy'), await anAgent('free')];
  await silence();

  const answer = await gone(HOST, { reason: 'stolen' });

  expect([answer.statusCode, answer.json()]).toEqual([
    200,
    expect.objectContaining({ id: HOST, state: 'gone', open: false, gone: { at: expect.any(String), by: 'operator-1', reason: 'stolen' } }),
  ]);
  const told = guids.map((guid) => `giveUpSession ${guid} its host "${HOST}" was declared gone: stolen`);
  expect(world.engine.calls.slice(0, -1).sort()).toEqual(told.sort());
  expect(world.engine.calls.at(-1)).toBe('wakeCoordinator');
  expect((await gone(HOST)).json()).toEqual(answer.json());
  const audit = (await world.get('/api/audit?action=host.gone', asOperator)).json<{ entries: object[] }>().entries;
  expect(audit).toEqual([expect.objectContaining({ entityType: 'host', entityId: HOST, projectId: null, before: { state: 'silent', sessions: 2 } })]);
});

test('it is gone also while Temporal is away: the reconciler tells them later', async () => {
  await anAgent('busy');
  await silence();
  world.engine.state = 'away';

  expect((await gone(HOST)).statusCode).toBe(200);
  expect(await list()).toEqual([expect.objectContaining({ state: 'gone' })]);
});

test.each(['nowhere', 'no.host', 'x'.repeat(100)])('what is no host (%s) is not found', async (id) => {
  expect((await gone(id)).statusCode).toBe(404);
});

test('it takes the right to administer targets, and a token of all projects', async () => {
  await anAgent('free');
  await silence();
  const reader = await withToken({ scopes: ['work:read'] });
  const bound = await withToken({ scopes: ['admin'], projects: ['default'] });
  const stranger = await withToken({ scopes: ['admin'], projects: ['other'] });
  const administrator = await withToken({ scopes: ['targets:admin'] });

  expect(await list(reader)).toEqual([expect.objectContaining({ id: HOST, state: 'silent' })]);
  expect(await list(bound)).toEqual([expect.objectContaining({ id: HOST })]);
  expect(await list(stranger)).toEqual([]);
  expect((await gone(HOST, {}, reader)).statusCode).toBe(403);
  expect((await gone(HOST, {}, bound)).statusCode).toBe(403);
  expect((await gone(HOST, {}, administrator)).statusCode).toBe(200);
});
