import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { AuditEntry } from '../../src/domain/access/audit.ts';
import { openWorld, TARGET, WORK } from './api-world.ts';
import type { Answer, World } from './api-world.ts';

const OPERATOR = { authorization: 'Bearer operator-token' };

let world: World;
beforeAll(async () => {
  world = await openWorld({ tokens: ['operator-token', 'other-token'] });
});
afterAll(() => world.close());
afterEach(async () => {
  await world.query('delete from audit');
  await world.query('delete from targets');
});

function read(query = '', headers: Record<string, string> = OPERATOR): Promise<Answer> {
  return world.get(`/api/audit${query}`, headers);
}

async function entries(query = ''): Promise<readonly AuditEntry[]> {
  return (await read(query)).json<{ entries: AuditEntry[] }>().entries;
}

test('shows who changed what, the latest first, and no text or secret of it', async () => {
  const { id } = (await world.post('/api/work', { ...WORK, description: 'a private description' }, OPERATOR)).json<{ id: string }>();
  await world.post(`/api/work/${id}/cancel`, undefined, { authorization: 'Bearer other-token', 'x-request-id': 'trace-7' });
  const config = { mechanism: 'local', local: { command: 'run', env: { KEY: 'sk-very-secret' } } };
  await world.post('/api/targets', { ...TARGET, config }, OPERATOR);

  const answer = await read();

  expect(answer.json()).toMatchObject({
    entries: [
      { action: 'target.register', entityType: 'target', actor: 'operator-1', before: null },
      { action: 'work.cancel', entityType: 'work', entityId: id, actor: 'operator-2', requestId: 'trace-7', before: { status: 'pending' } },
      { action: 'work.submit', entityType: 'work', entityId: id, actor: 'operator-1', projectId: 'default', before: null, after: { boundary: 'personal' } },
    ],
    count: 3,
  });
  for (const secret of ['a private description', 'sk-very-secret']) expect(answer.body).not.toContain(secret);
});

test('is filtered by everything that one asks of it', async () => {
  const { id } = (await world.post('/api/work', { ...WORK, projectId: 'p1' }, OPERATOR)).json<{ id: string }>();
  await world.post('/api/work', { ...WORK, projectId: 'p2' }, { authorization: 'Bearer other-token' });
  await world.post(`/api/work/${id}/cancel`, undefined, OPERATOR);
  await world.query(`update audit set at = '2026-01-01T00:00:00Z' where project_id = 'p2'`);

  const found = async (query: string) => (await entries(query)).map(({ action, projectId }) => `${action} ${projectId ?? ''}`);

  expect(await found('?actor=operator-2')).toEqual(['work.submit p2']);
  expect(await found('?action=work.cancel')).toEqual(['work.cancel p1']);
  expect(await found(`?entityType=work&entityId=${id}`)).toEqual(['work.cancel p1', 'work.submit p1']);
  expect(await found('?projectId=p2')).toEqual(['work.submit p2']);
  expect(await found('?until=2026-01-01T00:00:00.001Z')).toEqual(['work.submit p2']);
  expect(await found('?since=2026-01-01T00:00:00.001Z')).toEqual(['work.cancel p1', 'work.submit p1']);
  expect(await found('?entityType=token')).toEqual([]);
});

test.each(['?action=work.destroy', '?entityType=person', '?since=yesterday', '?actor=', '?actor=a&actor=b', `?entityId=${'x'.repeat(257)}`])(
  'refuses %s',
  async (query) => {
    expect((await read(query)).statusCode).toBe(400);
  },
);

test('goes on over pages, also while changes are made', async () => {
  for (let item = 0; item < 5; item++) await world.post('/api/work', WORK, OPERATOR);
  interface Listed {
    readonly entries: readonly AuditEntry[];
    readonly nextCursor: string | null;
  }
  const first = (await read('?limit=3')).json<Listed>();
  await world.post('/api/work', WORK, OPERATOR);

  const second = (await read(`?cursor=${first.nextCursor ?? ''}`)).json<Listed>();

  expect(first.entries).toHaveLength(3);
  expect(second.entries).toHaveLength(2);
  expect(new Set([...first.entries, ...second.entries].map(({ id }) => id)).size).toBe(5);
  expect((await read(`?cursor=${first.nextCursor ?? ''}&action=work.cancel`)).statusCode).toBe(400);
});

test('shows a bound administrator its own projects, and nothing of the others', async () => {
  const made = await world.post('/api/tokens', { name: 'tenant', scopes: ['admin'], projects: ['mine'] }, OPERATOR);
  const tenant = { authorization: `Bearer ${made.json<{ token: string }>().token}` };
  await world.post('/api/work', { ...WORK, projectId: 'theirs' }, OPERATOR);
  await world.post('/api/tokens', { name: 'everywhere', scopes: ['admin'] }, OPERATOR);
  await world.post('/api/work', WORK, tenant);

  const seen = (await read('', tenant)).json<{ entries: AuditEntry[] }>().entries;

  expect(seen.map(({ action, projectId }) => [action, projectId])).toEqual([
    ['work.submit', 'mine'],
    ['token.create', 'mine'],
  ]);
  expect((await read('?projectId=theirs', tenant)).statusCode).toBe(404);
});
