import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Project } from '../../src/domain/projects/project.ts';
import { openWorld } from './api-world.ts';
import type { Answer, World } from './api-world.ts';

const OPERATOR = { authorization: 'Bearer operator-token' };

let world: World;
beforeAll(async () => {
  world = await openWorld({ tokens: ['operator-token'] });
});
afterAll(() => world.close());
afterEach(async () => {
  world.engine.calls.length = 0;
  world.engine.state = 'here';
  await world.query('delete from audit');
  await world.query('delete from projects');
  await world.query('delete from api_tokens');
});

function put(id: string, body: object, headers: Record<string, string> = OPERATOR): Promise<Answer> {
  return world.request('PUT', `/api/projects/${id}`, { payload: body, headers });
}

async function boundAdmin(): Promise<Record<string, string>> {
  const body = { name: 'tenant', scopes: ['admin'], projects: ['mine'] };
  return { authorization: `Bearer ${(await world.post('/api/tokens', body, OPERATOR)).json<{ token: string }>().token}` };
}

describe('a project', () => {
  test('is made, read back with what holds for it, and the coordinator is woken', async () => {
    const policy = { slotsMax: 3, boundaries: { secret: { agentTypes: ['claude-code'], triggerSpinUpOnEmpty: false } }, otherBoundaries: 'forbid' };

    const answer = await put('mine', { version: 0, description: 'Ours', policy });

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      id: 'mine',
      description: 'Ours',
      version: 1,
      slotsHeld: 0,
      policy,
      effectivePolicy: { slotsMax: 3, otherBoundaries: 'forbid', boundaries: { ...policy.boundaries, corporate: { agentTypes: ['copilot-cli'] } } },
    });
    expect((await world.get('/api/projects/mine', OPERATOR)).json()).toEqual(answer.json());
    expect(world.engine.calls).toEqual(['wakeCoordinator']);
    expect(await world.query('select actor, action, entity_type, entity_id, project_id, before, after from audit')).toEqual([
      {
        actor: 'operator-1',
        action: 'project.update',
        entity_type: 'project',
        entity_id: 'mine',
        project_id: 'mine',
        before: null,
        after: { version: 1, policy },
      },
    ]);
  });

  test('says how its failed attempts are followed by others, and what therefore holds', async () => {
    const retry = { 'spin-up': { attemptsMax: 2, firstMs: 60_000 } };

    const answer = await put('mine', { version: 0, policy: { retry } });

    expect(answer.json()).toMatchObject({
      policy: { retry },
      effectivePolicy: { retry: { 'spin-up': { attemptsMax: 2, firstMs: 60_000, factor: 3, mostMs: 120_000 }, lost: { firstMs: 500 } } },
    });
  });

  test('keeps a change though Temporal is away', async () => {
    world.engine.state = 'away';

    expect((await put('mine', { version: 0 })).statusCode).toBe(200);
  });

  test('that was read before somebody else changed it is not overwritten', async () => {
    await put('mine', { version: 0, policy: { slotsMax: 1 } });

    const late = await put('mine', { version: 0, policy: { slotsMax: 9 } });

    expect(late.statusCode).toBe(409);
    expect(late.json()).toMatchObject({ code: 'CONFLICT', details: { version: 1 } });
    expect((await world.get('/api/projects/mine', OPERATOR)).json()).toMatchObject({ policy: { slotsMax: 1 } });
  });

  test('is answered with 304 for as long as it is the same', async () => {
    await put('mine', { version: 0 });
    const etag = String((await world.get('/api/projects/mine', OPERATOR)).headers.etag);

    const same = await world.get('/api/projects/mine', { ...OPERATOR, 'if-none-match': etag });
    await put('mine', { version: 1, description: 'changed' });
    const changed = await world.get('/api/projects/mine', { ...OPERATOR, 'if-none-match': etag });

    expect([same.statusCode, same.body, same.headers.etag]).toEqual([304, '', etag]);
    expect([changed.statusCode, changed.json()]).toEqual([200, expect.objectContaining({ description: 'changed' })]);
  });

  test.each([
    ['without the version that was read', { policy: {} }, '/body/version'],
    ['with a rule for nobody', { version: 0, policy: { boundaries: { x: { agentTypes: [] } } } }, '/body/policy/boundaries/x/agentTypes'],
    ['with a word that is no rule', { version: 0, policy: { otherBoundaries: 'maybe' } }, '/body/policy/otherBoundaries'],
    ['with a retry that never waits', { version: 0, policy: { retry: { lost: { firstMs: 0 } } } }, '/body/policy/retry/lost/firstMs'],
    ['with a word that is none', { version: 0, policy: { zzz: 1 } }, '/body/policy/zzz'],
    ['with such a word in a rule', { version: 0, policy: { boundaries: { x: { agentTypes: ['claude-code'], 'z/z': 1 } } } }, '/body/policy/boundaries/x/z~1z'],
    ['with such a word for approvals', { version: 0, policy: { approval: { targts: ['prod'] } } }, '/body/policy/approval/targts'],
    ['with a retry of no class', { version: 0, policy: { retry: { zzz: {} } } }, '/body/policy/retry/zzz'],
    ['with a limit for a mechanism that is none', { version: 0, policy: { slotsMaxByMechanism: { pigeon: 1 } } }, '/body/policy/slotsMaxByMechanism/pigeon'],
    ['with less than nothing', { version: 0, policy: { slotsMax: -1 } }, '/body/policy/slotsMax'],
  ])('is refused %s', async (_what, body, field) => {
    const answer = await put('mine', body);

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ details: { validationErrors: expect.arrayContaining([expect.objectContaining({ field })]) } });
  });

  test('keeps its policy when the new one has a word that is none, and ignores one beside the policy', async () => {
    await put('mine', { version: 0, policy: { otherBoundaries: 'forbid' } });

    expect((await put('mine', { version: 1, policy: { zzz: 1 } })).statusCode).toBe(400);
    expect((await world.get('/api/projects/mine', OPERATOR)).json()).toMatchObject({ version: 1, policy: { otherBoundaries: 'forbid' } });
    expect((await put('mine', { version: 1, zzz: 1 })).statusCode).toBe(200);
  });

  test.each(['a.b', 'a*', 'a%20b', 'x'.repeat(65)])('cannot be called %s', async (id) => {
    expect((await put(id, { version: 0 })).statusCode).toBe(400);
    expect((await world.get(`/api/projects/${id}`, OPERATOR)).statusCode).toBe(404);
  });

  test('may have a boundary with the name of something in JavaScript', async () => {
    const payload = '{"version":0,"policy":{"boundaries":{"constructor":"forbid","toString":{"agentTypes":["claude-code"]}}}}';
    const answer = await world.request('PUT', '/api/projects/mine', { payload, headers: { ...OPERATOR, 'content-type': 'application/json' } });

    expect(answer.statusCode).toBe(200);
    expect(answer.json<Project>().effectivePolicy.boundaries).toMatchObject({ constructor: 'forbid', corporate: { agentTypes: ['copilot-cli'] } });
    expect((await world.get('/api/projects/mine', OPERATOR)).json()).toEqual(answer.json());
  });
});

describe('a token that is bound to a project', () => {
  test('sees and changes its own only', async () => {
    await put('mine', { version: 0 });
    await put('theirs', { version: 0, description: 'their secret' });
    const tenant = await boundAdmin();

    expect((await world.get('/api/projects', tenant)).json()).toMatchObject({ projects: [{ id: 'mine' }], count: 1 });
    expect((await put('mine', { version: 1, description: 'by us' }, tenant)).statusCode).toBe(200);
    for (const answer of [await world.get('/api/projects/theirs', tenant), await put('theirs', { version: 1 }, tenant)]) {
      expect(answer.statusCode).toBe(404);
      expect(answer.body).not.toContain('their secret');
    }
  });

  test('cannot raise its quota, nor drop it', async () => {
    await put('mine', { version: 0, policy: { slotsMax: 2 } });
    const tenant = await boundAdmin();

    for (const policy of [{ slotsMax: 100 }, {}]) expect((await put('mine', { version: 1, policy }, tenant)).statusCode).toBe(403);
    expect((await put('mine', { version: 1, policy: { slotsMax: 2, otherBoundaries: 'forbid' } }, tenant)).statusCode).toBe(200);
  });
});

test('the list goes on over pages, in order of id', async () => {
  for (const id of ['c', 'a', 'b']) await put(id, { version: 0 });
  interface Listed {
    readonly projects: readonly Project[];
    readonly nextCursor: string | null;
  }

  const first = (await world.get('/api/projects?limit=2', OPERATOR)).json<Listed>();
  const second = (await world.get(`/api/projects?cursor=${first.nextCursor ?? ''}`, OPERATOR)).json<Listed>();

  expect([...first.projects, ...second.projects].map(({ id }) => id)).toEqual(['a', 'b', 'c']);
});
