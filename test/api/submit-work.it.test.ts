import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import { HOST, openWorld, readable, TARGET, WORK } from './api-world.ts';
import type { World } from './api-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.engine.state = 'here';
  world.engine.calls.length = 0;
});

describe('a submit', () => {
  test('is answered with the item, which can be read at once', async () => {
    const answer = await world.post('/api/work', { ...WORK, taskId: 'T-1', priority: 7, contextData: { branch: 'main' } });

    const body = answer.json<Record<string, unknown>>();
    expect(answer.statusCode).toBe(201);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers.location).toBe(`/api/work/${String(body['id'])}`);
    expect(body).toMatchObject({
      workItemId: body['id'],
      taskId: 'T-1',
      targetAgentType: 'claude-code',
      spinUpTriggered: false,
      status: 'pending',
      phase: 'waiting',
      offeredBy: 'coordinator',
      priority: 7,
      attempts: 0,
      contextData: { branch: 'main' },
    });
    expect(readable((await world.get(`/api/work/${String(body['id'])}`)).json<WorkItem>())).toEqual(readable(body));
  });

  test('asks the engine once to start the workflow', async () => {
    const item = await world.submit();

    expect(world.engine.calls).toEqual(['wakeCoordinator', `startWork ${item.id}`]);
  });

  test('without taskId gets the id as one', async () => {
    const item = await world.submit();

    expect(item.taskId).toBe(item.id);
  });

  test('takes the older name of boundary, which loses against the newer', async () => {
    expect(await world.submit({ boundary: undefined, classification: 'corporate' })).toMatchObject({ boundary: 'corporate' });
    expect(await world.submit({ boundary: 'personal', classification: 'corporate' })).toMatchObject({ boundary: 'personal' });
  });

  test('without a boundary is refused in the words of the older clients as well', async () => {
    const answer = await world.post('/api/work', { capability: 'build', description: 'Build it.' });

    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ error: string }>().error).toMatch(/boundary.*classification is required/);
  });

  test.each([
    ['corporate', {}, 'copilot-cli'],
    ['personal', {}, 'claude-code'],
    ['corporate-adjacent', { preferredAgentType: 'claude-code' }, 'claude-code'],
    ['corporate', { preferredAgentType: 'claude-code' }, 'copilot-cli'],
    ['a-boundary-of-our-own', { requiredAgentType: 'copilot-cli' }, 'copilot-cli'],
    ['corporate', { requiredAgentType: 'claude-code' }, 'claude-code'],
  ])('into %s with %j names the agent type %s', async (boundary, body, targetAgentType) => {
    expect(await world.submit({ boundary, ...body })).toMatchObject({ targetAgentType });
  });

  test.each(['"__proto__":{"polluted":1}', '"contextData":{"a":[{"__proto__":{"polluted":2}}]}', '"contextData":{"\\u005f_proto__":1}'])(
    'is refused with a key that would change a prototype: %s',
    async (member) => {
      const payload = `{"boundary":"personal","capability":"build","description":"d",${member}}`;

      const answer = await world.request('POST', '/api/work', { payload, headers: { 'content-type': 'application/json' } });

      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ code: 'BAD_REQUEST', error: expect.stringContaining('__proto__') });
    },
  );

  test('may speak of prototypes, in escaped letters too', async () => {
    expect(await world.submit({ description: 'Explain __proto__ to "\u00e9lodie".' })).toMatchObject({ status: 'pending' });
  });

  test('ignores fields that it does not know, and names of JavaScript’s own members', async () => {
    const answer = await world.request('POST', '/api/work', {
      payload: `{"boundary":"personal","capability":"build","description":"d","unknown":1,"contextData":{"constructor":{"prototype":{"polluted":3}}}}`,
      headers: { 'content-type': 'application/json' },
    });

    expect(answer.statusCode).toBe(201);
    expect(answer.json()).not.toHaveProperty('unknown');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('keeps every character of any language', async () => {
    const description = '構築 👩‍👩‍👧 "quotes" \\ \u2028 \u0001 end';

    expect(await world.submit({ description, contextData: { [description]: [description] } })).toMatchObject({
      description,
      contextData: { [description]: [description] },
    });
  });

  test.each([
    ['that has passed', { deadline: '2020-01-01T00:00:00Z' }, 'has passed'],
    ['before it may start', { deadline: '2099-01-01T00:00:00Z', notBefore: '2099-06-01T00:00:00Z' }, 'not after notBefore'],
  ])('with a deadline %s is refused, also as a dry run and in a batch', async (_what, times, message) => {
    const single = await world.post('/api/work', { ...WORK, ...times });
    const dry = await world.post('/api/work?dryRun=true', { ...WORK, ...times });
    const batch = await world.post('/api/work/batch', { items: [WORK, { ...WORK, ...times }] });

    for (const answer of [single, dry]) {
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ details: { validationErrors: [{ field: '/body/deadline', message: expect.stringContaining(message) }] } });
    }
    expect(batch.json()).toMatchObject({
      count: 1,
      results: [{ ok: true }, { ok: false, error: { message: expect.stringContaining('/body/items/1/deadline') } }],
    });
  });

  test('for later says when, and starts nothing for it now', async () => {
    const notBefore = '2099-01-01T00:00:00.000Z';

    expect(await world.submit({ notBefore })).toMatchObject({
      notBefore,
      spinUpTriggered: false,
      routing: { eligible: true, reason: `waits until ${notBefore}` },
    });
  });

  test('at its bounds is accepted', async () => {
    const item = await world.submit({
      description: 'x'.repeat(65_536),
      capability: 'c'.repeat(64),
      taskId: 't'.repeat(256),
      contextData: { text: 'y'.repeat(500_000) },
      deadline: '9999-12-30T12:59:59.9999999-11:00',
    });

    const read = (await world.get(`/api/work/${item.id}`)).json<WorkItem>();
    expect([read.description.length, read.deadline]).toEqual([65_536, '9999-12-31T00:00:00.000Z']);
  });

  test('for a project of its own is listed there alone', async () => {
    const item = await world.submit({ projectId: 'own-project' });

    const listed = (await world.get('/api/work?projectId=own-project')).json<{ workItems: WorkItem[] }>();
    expect(listed.workItems.map(({ id }) => id)).toEqual([item.id]);
  });
});

describe('the answer', () => {
  const laptop = { ...TARGET, name: 'answering', capabilities: ['answer'], limits: { agentsMax: 10 } };
  const item = { ...WORK, capability: 'answer' };

  test('says that an agent is started only where one is, and estimates from what was measured', async () => {
    await world.ledger.sessions.openHost(HOST);
    const before = (await world.post('/api/work', item)).json<Record<string, unknown>>();
    expect(before).toMatchObject({
      spinUpTriggered: false,
      targetAgentType: 'claude-code',
      routing: { eligible: true, rule: 'boundary:personal', reason: expect.stringContaining('no target of the project offers the capability "answer"') },
    });
    expect(before).not.toHaveProperty('estimatedWaitSeconds');
    await world.post('/api/targets', laptop);

    expect((await world.post('/api/work', item)).json()).toMatchObject({ spinUpTriggered: true, routing: { eligible: true, rule: 'boundary:personal' } });
  });

  test.each(['', '?dryRun=true'])('%s names the type of the agent that is started where the preferred one cannot be', async (query) => {
    await world.post('/api/targets', { ...laptop, name: 'other', agentType: 'copilot-cli', capabilities: ['other'], boundaries: ['personal'] });
    const answer = await world.post(`/api/work${query}`, { ...item, capability: 'other' });
    expect(answer.json()).toMatchObject({ targetAgentType: 'copilot-cli', spinUpTriggered: true });
  });

  test('says so when the boundary forbids what is required', async () => {
    const answer = await world.post('/api/work', { ...item, boundary: 'corporate', requiredAgentType: 'claude-code' });

    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({
      spinUpTriggered: false,
      routing: { eligible: false, reason: expect.stringContaining('does not allow "claude-code"') },
    });
  });

  test('to a dry run says what would become of it, and nothing is written', async () => {
    const count = async (): Promise<unknown> => world.query('select (select count(*) from work_items) as items, (select count(*) from projects) as projects');
    const before = await count();

    const answer = await world.post('/api/work?dryRun=true', { ...item, projectId: 'never-heard-of' }, { 'idempotency-key': 'dry' });
    const here = await world.post('/api/work?dryRun=true', item);

    expect([answer.statusCode, here.statusCode]).toEqual([200, 200]);
    expect(answer.json()).toMatchObject({
      dryRun: true,
      chosen: null,
      candidates: [],
      candidatesTotal: 0,
      queuePosition: 1,
      reason: 'the project has no target',
    });
    expect(here.json()).toMatchObject({ dryRun: true, spinUpTriggered: true, chosen: { kind: 'start', targetName: 'answering', kept: true, rule: 'kept' } });
    expect(await count()).toEqual(before);
    expect(world.engine.calls).toEqual([]);
  });

  test.each(['yes', '1', ''])('to a dry run of %p is a refusal, not an item', async (dryRun) => {
    expect((await world.post(`/api/work?dryRun=${dryRun}`, item)).statusCode).toBe(400);
  });
});

describe('while Temporal', () => {
  test.each(['away', 'broken'] as const)('is %s, work is accepted all the same', async (state) => {
    world.engine.state = state;

    const answer = await world.post('/api/work', WORK);

    expect(answer.statusCode).toBe(201);
    expect(await world.ledger.work.find(answer.json<WorkItem>().id)).toMatchObject({ phase: 'waiting' });
  });

  test('does not answer, work is accepted within bounded time', async () => {
    world.engine.state = 'silent';
    const startedMs = performance.now();

    const answer = await world.post('/api/work', WORK);

    expect(answer.statusCode).toBe(201);
    expect(performance.now() - startedMs).toBeLessThan(40_000);
  });
});

describe('with an Idempotency-Key', () => {
  test('the same body joins the first item, whatever the order of its keys', async () => {
    const first = await world.post('/api/work', { ...WORK, contextData: { a: 1, b: 2 } }, { 'idempotency-key': 'key-1' });
    const again = await world.post('/api/work', { contextData: { b: 2, a: 1 }, ...WORK }, { 'idempotency-key': 'key-1' });

    expect([first.statusCode, again.statusCode]).toEqual([201, 200]);
    expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([undefined, 'true']);
    expect(again.json()).toEqual(first.json());
  });

  test.each([
    ['another description', { ...WORK, description: 'Other.' }],
    ['a field more', { ...WORK, priority: 5 }],
  ])('another body (%s) is refused and starts nothing', async (what, body) => {
    const key = `key-${what.replaceAll(' ', '-')}`;
    const first = await world.post('/api/work', WORK, { 'idempotency-key': key });
    world.engine.calls.length = 0;

    const other = await world.post('/api/work', body, { 'idempotency-key': key });

    expect(other.statusCode).toBe(409);
    expect(other.json()).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH', details: { workId: first.json<WorkItem>().id } });
    expect(world.engine.calls).toEqual([]);
  });

  test('ten at once make one item', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.post('/api/work', WORK, { 'idempotency-key': 'burst' })));

    expect(new Set(answers.map((answer) => answer.json<WorkItem>().id)).size).toBe(1);
    expect(answers.map((answer) => answer.statusCode).toSorted()).toEqual([...Array<number>(9).fill(200), 201]);
  });

  test('another project may use the same key', async () => {
    const here = await world.post('/api/work', WORK, { 'idempotency-key': 'shared' });
    const there = await world.post('/api/work', { ...WORK, projectId: 'elsewhere' }, { 'idempotency-key': 'shared' });

    expect([here.statusCode, there.statusCode]).toEqual([201, 201]);
  });

  test('an item that was not started is offered to the engine again', async () => {
    world.engine.state = 'away';
    await world.post('/api/work', WORK, { 'idempotency-key': 'retry' });
    world.engine.state = 'here';
    world.engine.calls.length = 0;

    const again = await world.post('/api/work', WORK, { 'idempotency-key': 'retry' });

    expect(world.engine.calls).toContain(`startWork ${again.json<WorkItem>().id}`);
  });
});
