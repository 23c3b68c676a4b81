import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import { openWorld, readable, WORK } from './api-world.ts';
import type { World } from './api-world.ts';

interface Page {
  readonly workItems: WorkItem[];
  readonly count: number;
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}

let world: World;
beforeAll(async () => {
  world = await openWorld();
  for (let n = 0; n < 12; n++) await world.submit({ priority: 1 + (n % 3), taskId: `T-${String(n)}`, boundary: n < 9 ? 'personal' : 'corporate' });
});
afterAll(() => world.close());

async function page(url: string): Promise<Page> {
  const answer = await world.get(url);
  expect(answer.statusCode).toBe(200);
  return answer.json<Page>();
}

async function everyPage(url: string): Promise<Page[]> {
  const pages = [await page(url)];
  for (let cursor = pages[0]?.nextCursor; cursor; cursor = pages.at(-1)?.nextCursor) pages.push(await page(`${url}&cursor=${cursor}`));
  return pages;
}

describe('the list', () => {
  test('has the most urgent first, then the oldest', async () => {
    const { workItems, ...rest } = await page('/api/work');

    expect(workItems.map(({ taskId }) => taskId)).toEqual(['T-2', 'T-5', 'T-8', 'T-11', 'T-1', 'T-4', 'T-7', 'T-10', 'T-0', 'T-3', 'T-6', 'T-9']);
    expect(rest).toEqual({ count: 12, hasMore: false, nextCursor: null, prevCursor: null });
  });

  test.each([1, 5, 12])('in pages of %d names every item once, in the same order', async (limit) => {
    const whole = (await page('/api/work')).workItems.map(({ id }) => id);

    const pages = await everyPage(`/api/work?limit=${String(limit)}`);

    expect(pages.flatMap(({ workItems }) => workItems.map(({ id }) => id))).toEqual(whole);
    expect(pages).toHaveLength(Math.ceil(12 / limit));
    expect(pages.map(({ hasMore }) => hasMore)).toEqual(pages.map((_page, index) => index < pages.length - 1));
  });

  test('goes on with the cursor’s own limit when none is given', async () => {
    const { nextCursor } = await page('/api/work?limit=5');

    expect((await page(`/api/work?cursor=${String(nextCursor)}`)).count).toBe(5);
  });

  test.each([
    ['boundary=corporate', 3],
    ['classification=corporate', 3],
    ['boundary=personal&classification=corporate', 9],
    ['status=pending', 12],
    ['status=completed', 0],
    ['status=pending&boundary=corporate', 3],
    ['boundary=nobody', 0],
    ['projectId=default', 12],
    ['projectId=empty', 0],
    ['unknown=1&sort=up', 12],
    ['capability=build', 12],
    ['capability=paint', 0],
    ['taskId=T-3', 1],
    ['submitter=nobody', 0],
    ['assignedTo=nobody', 0],
    ['priority=3', 4],
    ['q=t-1', 3],
    ['q=BUILD%20it', 12],
    ['offeredAfter=2000-01-01T00:00:00Z&offeredBefore=2100-01-01T00:00:00Z', 12],
    ['updatedAfter=2100-01-01T00:00:00Z', 0],
  ])('with %s has %d items', async (query, count) => {
    expect((await page(`/api/work?${query}`)).count).toBe(count);
  });

  test.each(['limit=0', 'limit=101', 'limit=ten', 'priority=11', 'q=', 'offeredAfter=yesterday', 'status=asleep', 'cursor=bm8', 'assignedTo=a%20b'])(
    'with %s is refused',
    async (query) => {
      const answer = await world.get(`/api/work?${query}`);

      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'BAD_REQUEST']);
    },
  );

  test('says that classification is the older name, unless boundary was used', async () => {
    const deprecated = (await world.get('/api/work?classification=corporate')).headers['x-deprecated-param'];

    expect(deprecated).toBe('classification (use boundary instead)');
    expect((await world.get('/api/work?boundary=corporate')).headers['x-deprecated-param']).toBeUndefined();
  });

  test.each(['q=build', 'priority=2', 'capability=build', 'offeredBefore=2100-01-01T00:00:00Z'])('continued under %s as well is refused', async (query) => {
    const { nextCursor } = await page('/api/work?limit=5');

    const answer = await world.get(`/api/work?limit=5&${query}&cursor=${String(nextCursor)}`);

    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ message: string }>().message).toContain('filter mismatch');
  });

  test('cannot be continued under another filter', async () => {
    const { nextCursor } = await page('/api/work?limit=5&boundary=personal');

    const answer = await world.get(`/api/work?limit=5&boundary=corporate&cursor=${String(nextCursor)}`);

    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ message: string }>().message).toContain('filter mismatch');
  });

  test('that grows meanwhile repeats nothing and hides nothing that was there', async () => {
    const first = await page('/api/work?limit=4&boundary=corporate');
    const { nextCursor } = await page('/api/work?limit=2&boundary=corporate');
    await world.submit({ priority: 10, boundary: 'corporate', taskId: 'T-late' });

    const second = await page(`/api/work?boundary=corporate&cursor=${String(nextCursor)}`);

    expect(second.workItems.map(({ id }) => id)).toEqual(first.workItems.slice(2).map(({ id }) => id));
  });
});

describe('one item', () => {
  test('is found under its id in capitals and with a slash at the end', async () => {
    const item = await world.submit();

    expect(readable((await world.get(`/API/WORK/${item.id.toUpperCase()}/`)).json<WorkItem>())).toEqual(readable(item));
  });

  test.each(['7d9a0a3e-1111-4222-8333-444455556666', 'no-uuid', '..%2f..', "1' or '1'='1"])('that does not exist is not found: %s', async (id) => {
    for (const url of [`/api/work/${id}`, `/api/work/${id}/events`]) {
      const answer = await world.get(url);
      expect(answer.statusCode).toBe(404);
      expect(answer.json()).toMatchObject({ code: 'NOT_FOUND' });
    }
    expect((await world.post(`/api/work/${id}/cancel`)).statusCode).toBe(404);
  });
});

describe('an item’s events', () => {
  test('are told in order, and from any point on', async () => {
    const { id } = await world.submit();
    await world.post(`/api/work/${id}/cancel`, { reason: 'not needed' });

    const all = (await world.get(`/api/work/${id}/events`)).json<Record<string, unknown>>();
    expect(all).toMatchObject({
      workItemId: id,
      count: 3,
      hasMore: false,
      nextAfterSeq: 3,
      events: [
        { type: 'work:submitted', seq: 1, entityId: id },
        { type: 'work:queued', seq: 2 },
        { type: 'work:cancel-requested', seq: 3 },
      ],
    });
    expect((await world.get(`/api/work/${id}/events?limit=1`)).json()).toMatchObject({ count: 1, hasMore: true, nextAfterSeq: 1 });
    expect((await world.get(`/api/work/${id}/events?afterSeq=2`)).json()).toMatchObject({ count: 1, events: [{ seq: 3 }] });
    expect((await world.get(`/api/work/${id}/events?afterSeq=3`)).json()).toMatchObject({ count: 0, hasMore: false, nextAfterSeq: 3, events: [] });
  });
});

test('an item names its submitter, and the list gives those of one', async () => {
  const [ann, bob] = ['ann-token-00000000000000000000', 'bob-token-00000000000000000000'];
  const guarded = await openWorld({ tokens: [ann, bob] });
  try {
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    const [first, second] = [
      (await guarded.post('/api/work', WORK, as(ann))).json<WorkItem>(),
      (await guarded.post('/api/work', WORK, as(bob))).json<WorkItem>(),
    ];

    const { workItems } = (await guarded.get(`/api/work?submitter=${first.submitter}`, as(bob))).json<Page>();

    expect([first.submitter, second.submitter]).toEqual(['operator-1', 'operator-2']);
    expect(workItems.map(readable)).toEqual([readable(first)]);
    expect((await guarded.get(`/api/work/${second.id}`, as(ann))).json()).toMatchObject({ submitter: 'operator-2' });
  } finally {
    await guarded.close();
  }
});
