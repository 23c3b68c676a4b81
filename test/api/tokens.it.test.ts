import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { openWorld, WORK } from './api-world.ts';
import type { Answer, World } from './api-world.ts';

const OPERATOR = { authorization: 'Bearer operator-token' };

let world: World;
beforeAll(async () => {
  world = await openWorld({ tokens: ['operator-token'] });
});
afterAll(() => world.close());
afterEach(async () => {
  await world.query('delete from api_tokens');
  await world.query('delete from audit');
});

interface Created {
  readonly id: string;
  readonly name: string;
  readonly token: string;
}

async function create(body: object = {}, headers: Record<string, string> = OPERATOR): Promise<Answer> {
  return world.post('/api/tokens', { name: 'ci', scopes: ['work:write'], ...body }, headers);
}

async function made(body: object = {}): Promise<Created & { headers: Record<string, string> }> {
  const answer = await create(body);
  expect(answer.statusCode).toBe(201);
  const created = answer.json<Created>();
  return { ...created, headers: { authorization: `Bearer ${created.token}` } };
}

describe('a new token', () => {
  test('is shown once, works at once, and leaves only its hash behind', async () => {
    const answer = await create();
    const { token, id } = answer.json<Created>();

    expect(answer.headers['cache-control']).toBe('no-store');
    expect(token).toMatch(/^weft_[0-9a-f]{32}_[0-9a-f]{64}$/);
    expect((await world.get('/api/work', { authorization: `Bearer ${token}` })).statusCode).toBe(200);
    const listed = await world.get('/api/tokens', OPERATOR);
    expect(listed.json()).toMatchObject({ tokens: [{ id, name: 'ci', scopes: ['work:write'], projects: null, createdBy: 'operator-1' }], count: 1 });
    const secret = token.slice(-64);
    const everything = [listed.body, JSON.stringify(await world.query('select * from audit')), JSON.stringify(await world.query('select * from api_tokens'))];
    for (const text of everything) expect(text).not.toContain(secret);
  });

  test('can do what its scopes say and nothing else', async () => {
    const { headers } = await made({ scopes: ['work:read'] });

    expect((await world.get('/api/targets', headers)).statusCode).toBe(200);
    for (const answer of [await world.post('/api/work', WORK, headers), await create({}, headers), await world.get('/api/tokens', headers)]) {
      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toMatchObject({ code: 'FORBIDDEN', details: { scope: expect.any(String) } });
    }
  });

  test('works in the project it is bound to, without naming it, and in no other', async () => {
    const { headers } = await made({ projects: ['mine'] });

    const submitted = await world.post('/api/work', WORK, headers);
    const elsewhere = await world.post('/api/work', { ...WORK, projectId: 'theirs' }, headers);

    expect(submitted.json()).toMatchObject({ projectId: 'mine' });
    expect([elsewhere.statusCode, (await world.get('/api/work?projectId=theirs', headers)).statusCode]).toEqual([404, 404]);
  });

  test('bound to several projects is told to name one, unless the default one is among them', async () => {
    const { headers } = await made({ projects: ['mine', 'ours'] });
    const withDefault = await made({ name: 'other', projects: ['mine', 'default'] });

    const answer = await world.get('/api/work', headers);

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ message: expect.stringContaining('mine, ours') });
    expect((await world.get('/api/work?projectId=ours', headers)).statusCode).toBe(200);
    expect((await world.get('/api/work', withDefault.headers)).statusCode).toBe(200);
  });

  test('cannot have the name of one that has not ended', async () => {
    const first = await made();

    const answer = await create({ scopes: ['work:read'], projects: ['mine'] });

    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('"ci"'), details: { tokenId: first.id } });
    await world.request('DELETE', `/api/tokens/${first.id}`, { headers: OPERATOR });
    expect((await create()).statusCode).toBe(201);
    await world.query("update api_tokens set expires_at = now() - interval '1 second' where revoked_at is null");
    expect((await create()).statusCode).toBe(201);
  });

  test('of many of one name that are asked for at once is one', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => create()));

    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  test('may have the name of one that its maker must not know of', async () => {
    const admin = await made({ name: 'admin', scopes: ['admin'], projects: ['mine'] });
    await made({ projects: ['theirs'] });

    expect((await create({}, admin.headers)).statusCode).toBe(201);
    expect((await create({}, admin.headers)).statusCode).toBe(409);
  });

  test('must end in the future', async () => {
    expect((await create({ expiresAt: '2020-01-01T00:00:00Z' })).statusCode).toBe(400);
    expect((await create({ expiresAt: '2999-01-01T00:00:00Z' })).statusCode).toBe(201);
  });

  test.each([
    ['another project, which does not exist for it', { projects: ['theirs'] }, 404],
    ['its own and another project', { projects: ['mine', 'theirs'] }, 404],
    ['all projects', { projects: null }, 403],
  ])('of a bound administrator cannot be given %s', async (_what, body, status) => {
    const admin = await made({ scopes: ['admin'], projects: ['mine'] });

    const answer = await create(body, admin.headers);

    expect(answer.statusCode).toBe(status);
    expect(await world.query('select id from api_tokens')).toHaveLength(1);
  });

  test('of a bound administrator is bound like its maker', async () => {
    const admin = await made({ name: 'admin', scopes: ['admin'], projects: ['mine'] });

    expect((await create({}, admin.headers)).json()).toMatchObject({ projects: ['mine'], createdBy: `token:admin:${admin.id}` });
  });
});

describe('a revoked token', () => {
  test('is refused soon, stays in the list, and a repeat changes nothing', async () => {
    const token = await made();
    expect((await world.get('/api/work', token.headers)).statusCode).toBe(200);

    const revoked = await world.request('DELETE', `/api/tokens/${token.id}`, { headers: OPERATOR });
    const again = await world.request('DELETE', `/api/tokens/${token.id}`, { headers: OPERATOR });

    expect(revoked.json()).toMatchObject({ id: token.id, revokedAt: expect.any(String) });
    expect(again.json()).toEqual(revoked.json());
    await eventually(async () => {
      expect((await world.get('/api/work', token.headers)).statusCode).toBe(401);
    });
    expect((await world.get('/api/tokens', OPERATOR)).json()).toMatchObject({ count: 1 });
    expect(await world.query('select actor, action, entity_id, before, after from audit order by id')).toMatchObject([
      { actor: 'operator-1', action: 'token.create', entity_id: token.id, before: null, after: { name: 'ci', scopes: ['work:write'] } },
      { actor: 'operator-1', action: 'token.revoke', entity_id: token.id, before: { name: 'ci' }, after: { revokedAt: expect.any(String) } },
    ]);
  });

  test.each(['7d9a0a3e-1111-4222-8333-444455556666', 'nonsense'])('cannot be %s, which is none', async (id) => {
    expect((await world.request('DELETE', `/api/tokens/${id}`, { headers: OPERATOR })).statusCode).toBe(404);
  });
});

test('a bound administrator sees and revokes tokens of its projects only', async () => {
  const admin = await made({ name: 'admin', scopes: ['admin'], projects: ['mine'] });
  const others = [await made({ name: 'a', projects: ['theirs'] }), await made({ name: 'b', projects: ['mine', 'theirs'] }), await made({ name: 'c' })];

  expect((await world.get('/api/tokens', admin.headers)).json()).toMatchObject({ tokens: [{ id: admin.id }], count: 1 });
  for (const { id } of others) expect((await world.request('DELETE', `/api/tokens/${id}`, { headers: admin.headers })).statusCode).toBe(404);
  expect(await world.query('select id from api_tokens where revoked_at is not null')).toEqual([]);
});

test('the list goes on over pages', async () => {
  for (const name of ['a', 'b', 'c']) await made({ name });
  interface Listed {
    tokens: { name: string }[];
    nextCursor: string | null;
    prevCursor: string | null;
  }

  const first = (await world.get('/api/tokens?limit=2', OPERATOR)).json<Listed>();
  const second = (await world.get(`/api/tokens?cursor=${first.nextCursor ?? ''}`, OPERATOR)).json<Listed>();
  const back = (await world.get(`/api/tokens?cursor=${second.prevCursor ?? ''}`, OPERATOR)).json<Listed>();

  expect([...first.tokens, ...second.tokens].map(({ name }) => name).sort()).toEqual(['a', 'b', 'c']);
  expect(second.nextCursor).toBeNull();
  expect(back.tokens).toEqual(first.tokens);
});

test('the use of a token is noted', async () => {
  const token = await made();
  await world.get('/api/work', token.headers);

  await eventually(async () => {
    expect((await world.get('/api/tokens', OPERATOR)).json()).toMatchObject({ tokens: [{ lastUsedAt: expect.any(String) }] });
  });
});
