import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { openWorld, TARGET, WORK } from './api-world.ts';
import type { Answer, World } from './api-world.ts';

const OPERATOR = { authorization: 'Bearer operator-token' };
// Three seconds, less the pause that would go beyond them.
const WAITED_MS_MIN = 2500;

let world: World;
beforeAll(async () => {
  world = await openWorld({ tokens: ['operator-token', 'other-token'] });
});
afterAll(() => world.close());
afterEach(async () => {
  world.engine.state = 'here';
  for (const table of ['idempotent_requests', 'idempotency_keys', 'targets', 'api_tokens', 'audit']) await world.query(`delete from ${table}`);
});

function register(key: string, body: object = TARGET, headers: Record<string, string> = OPERATOR): Promise<Answer> {
  return world.post('/api/targets', body, { ...headers, 'idempotency-key': key });
}

/** Asks again when it has waited in vain for the first request, which takes its time on a slow machine. */
async function registerAtLast(key: string): Promise<Answer> {
  const askedAtMs = performance.now();
  const answer = await register(key);
  const isUnderWay = answer.json<{ code?: string }>().code === 'IDEMPOTENCY_UNDER_WAY';
  return isUnderWay && performance.now() - askedAtMs > WAITED_MS_MIN ? registerAtLast(key) : answer;
}

async function countOf(table: 'targets' | 'api_tokens' | 'audit' | 'idempotent_requests'): Promise<number> {
  return (await world.query(`select 1 from ${table}`)).length;
}

/** As a process leaves it that died between the beginning of a request and its answer. */
async function died(key: string): Promise<void> {
  await world.query(`update idempotent_requests set status = null, body = null, started_at = now() - interval '1 minute' where key = $1`, [key]);
}

describe('a POST that comes again with its key', () => {
  test('is answered as it was first, and does nothing again', async () => {
    const first = await register('k1');
    const again = await register('k1');

    expect([first.statusCode, again.statusCode]).toEqual([201, 201]);
    expect(again.json()).toEqual(first.json());
    expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([undefined, 'true']);
    expect(again.headers.location).toBe(first.headers.location);
    expect([await countOf('targets'), await countOf('audit')]).toEqual([1, 1]);
  });

  test('may write its body in another order and its path in another case', async () => {
    await register('k1');
    const turned = Object.fromEntries(Object.entries(TARGET).reverse());

    const again = await world.post('/API/Targets/', turned, { ...OPERATOR, 'idempotency-key': 'k1' });

    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([201, 'true']);
  });

  test('with another body, or to another route, is refused', async () => {
    await register('k1');
    const { id } = (await world.post('/api/work', WORK, OPERATOR)).json<{ id: string }>();

    const otherBody = await register('k1', { ...TARGET, name: 'other' });
    const otherRoute = await world.post(`/api/work/${id}/cancel`, undefined, { ...OPERATOR, 'idempotency-key': 'k1' });

    for (const answer of [otherBody, otherRoute]) {
      expect(answer.statusCode).toBe(409);
      expect(answer.json()).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    }
    expect(await countOf('targets')).toBe(1);
  });

  test('many times at once is done once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => registerAtLast('k1')));

    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 8 }, () => 201));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
  });

  test('tries again when the first has failed and done nothing', async () => {
    await register('k0');
    const taken = await register('k1');
    await world.query('delete from targets');

    expect([taken.statusCode, taken.headers['idempotent-replayed']]).toEqual([409, undefined]);
    expect((await register('k1')).statusCode).toBe(201);
  });

  test('from another caller of the same projects joins, and from one of other projects is another request', async () => {
    const tenant = async (name: string, projects: string[]) => {
      const made = await world.post('/api/tokens', { name, scopes: ['targets:admin'], projects }, OPERATOR);
      return { authorization: `Bearer ${made.json<{ token: string }>().token}` };
    };
    const [one, colleague, stranger] = [await tenant('one', ['mine']), await tenant('colleague', ['mine']), await tenant('stranger', ['theirs'])];
    const first = await register('k1', TARGET, one);

    const joined = await register('k1', TARGET, colleague);
    const other = await register('k1', TARGET, stranger);

    expect(joined.json()).toEqual(first.json());
    expect(other.json()).toMatchObject({ projectId: 'theirs' });
    expect(other.headers['idempotent-replayed']).toBeUndefined();
  });

  test('is not answered to who may not do it', async () => {
    await register('k1');
    const made = await world.post('/api/tokens', { name: 'reader', scopes: ['work:read'] }, OPERATOR);
    const reader = { authorization: `Bearer ${made.json<{ token: string }>().token}` };

    expect((await register('k1', TARGET, reader)).statusCode).toBe(403);
  });
});

describe('when the first request died before its answer', () => {
  test('what would do harm twice is refused, and nobody does it', async () => {
    await register('k1');
    await died('k1');

    const answer = await register('k1');

    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'IDEMPOTENCY_UNKNOWN' });
    expect(await countOf('audit')).toBe(1);
  });

  test('what does no harm is done again', async () => {
    const { id } = (await world.post('/api/work', WORK, OPERATOR)).json<{ id: string }>();
    const cancel = () => world.post(`/api/work/${id}/cancel`, undefined, { ...OPERATOR, 'idempotency-key': 'k1' });
    await cancel();
    await died('k1');

    const again = await cancel();

    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([200, undefined]);
    expect((await cancel()).headers['idempotent-replayed']).toBe('true');
  });

  test('one that is still under way is waited for, then told to come back', async () => {
    await register('k1');
    await world.query('update idempotent_requests set status = null, started_at = now()');

    const answer = await register('k1');

    expect(answer.statusCode).toBe(409);
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.json()).toMatchObject({ code: 'IDEMPOTENCY_UNDER_WAY' });
  });
});

test('a new token is made once, and its secret is not kept', async () => {
  const create = () => world.post('/api/tokens', { name: 'ci', scopes: ['work:read'] }, { ...OPERATOR, 'idempotency-key': 'k1' });
  const first = await create();
  const again = await create();

  const { token, ...shown } = first.json<{ token: string }>();
  expect([again.statusCode, again.json()]).toEqual([201, shown]);
  expect(await countOf('api_tokens')).toBe(1);
  expect(JSON.stringify(await world.query('select * from idempotent_requests'))).not.toContain(token.slice(-64));
});

test('a submit keeps its own key, beside those of other requests', async () => {
  const submit = () => world.post('/api/work', WORK, { ...OPERATOR, 'idempotency-key': 'k1' });

  const [first, again] = [await submit(), await submit()];

  expect([first.statusCode, again.statusCode]).toEqual([201, 200]);
  expect(await countOf('idempotent_requests')).toBe(0);
});

describe('a key of a submit', () => {
  const submit = (key: string, headers: Record<string, string> = OPERATOR, body: object = WORK) =>
    world.post('/api/work', body, { ...headers, 'idempotency-key': key });

  async function works(): Promise<number> {
    return (await world.query('select 1 from work_items')).length;
  }

  test('is refused by every other route, which does nothing', async () => {
    const { id } = (await submit('k1')).json<{ id: string }>();

    const answers = [await register('k1'), await world.post(`/api/work/${id}/cancel`, {}, { ...OPERATOR, 'idempotency-key': 'k1' })];

    expect(answers.map((answer) => [answer.statusCode, answer.json<{ code: string }>().code])).toEqual([
      [409, 'IDEMPOTENCY_MISMATCH'],
      [409, 'IDEMPOTENCY_MISMATCH'],
    ]);
    expect([await countOf('targets'), await countOf('idempotent_requests')]).toEqual([0, 0]);
    expect((await submit('k1')).statusCode).toBe(200);
  });

  test('cannot be one of another request', async () => {
    await register('k1');
    const before = await works();

    const answer = await submit('k1');
    const batch = await world.post('/api/work/batch', { items: [WORK] }, { ...OPERATOR, 'idempotency-key': 'k1' });

    for (const refused of [answer, batch]) expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([409, 'IDEMPOTENCY_MISMATCH']);
    expect(await works()).toBe(before);
    expect((await register('k1')).headers['idempotent-replayed']).toBe('true');
  });

  test('is free where the other request has failed, and for those who do not reach the project', async () => {
    await register('k1', { ...TARGET, mechanism: 'telepathy' });
    const made = await world.post('/api/tokens', { name: 't', scopes: ['targets:admin'], projects: ['theirs'] }, OPERATOR);
    const stranger = { authorization: `Bearer ${made.json<{ token: string }>().token}` };

    expect((await submit('k1')).statusCode).toBe(201);
    expect((await register('k1', TARGET, stranger)).statusCode).toBe(201);
  });
});

test.each(['', 'a b', 'é', 'x'.repeat(256)])('%j is no key', async (key) => {
  expect((await register(key)).statusCode).toBe(400);
  expect(await countOf('targets')).toBe(0);
});

test('a GET does not care for a key', async () => {
  expect((await world.get('/api/targets', { ...OPERATOR, 'idempotency-key': 'a b' })).statusCode).toBe(200);
});

test('keys of both kinds are forgotten after a month, and no sooner', async () => {
  await world.post('/api/work', WORK, { ...OPERATOR, 'idempotency-key': 'old' });
  await register('old-too');
  await register('young', { ...TARGET, name: 'young' });
  for (const table of ['idempotent_requests', 'idempotency_keys']) {
    await world.query(`update ${table} set created_at = now() - interval '31 days 1 minute' where key like 'old%'`);
  }
  await world.query(`update idempotent_requests set created_at = now() - interval '30 days' where key = 'young'`);

  await eventually(async () => {
    await world.ledger.idempotency.prune({ olderThanDays: 31, limit: 1 });
    expect(await world.query(`select key from idempotent_requests union all select key from idempotency_keys where key = 'old'`)).toEqual([{ key: 'young' }]);
  });
});
