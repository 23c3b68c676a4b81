import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openWorld, TARGET, WORK } from './api-world.ts';
import type { Answer, World } from './api-world.ts';

interface Problem {
  readonly field: string;
  readonly message: string;
  readonly code: string;
}

let world: World;
let before: unknown;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  world.engine.calls.length = 0;
  before = await rowCounts();
});
afterEach(async () => {
  expect(await rowCounts()).toEqual(before);
  expect(world.engine.calls).toEqual([]);
});

async function rowCounts(): Promise<unknown> {
  return world.query(`select (select count(*) from work_items) as work, (select count(*) from targets) as targets, (select count(*) from projects) as projects,
    (select count(*) from events) as events, (select count(*) from idempotency_keys) as keys`);
}

function problemsOf(answer: Answer): readonly Problem[] {
  const body = answer.json<{ error: string; message: string; requestId: string; details: { validationErrors: Problem[] } }>();
  expect(body.error).toBe(body.message);
  expect(body.message.length).toBeGreaterThan(10);
  expect(body.requestId).toBe(answer.headers['x-request-id']);
  return body.details.validationErrors;
}

const work = (more: object): object => ({ ...WORK, ...more });
const target = (more: object): object => ({ ...TARGET, ...more });
const local = (more: object): object => target({ config: { mechanism: 'local', local: { command: 'true', ...more } } });

describe('a bad work item is refused, naming', () => {
  test.each<[what: string, body: object, fields: readonly string[]]>([
    ['everything that is missing', {}, ['/body/capability', '/body/description', '/body/boundary']],
    ['a missing boundary', { capability: 'c', description: 'd' }, ['/body/boundary']],
    ['a missing capability', { boundary: 'b', description: 'd' }, ['/body/capability']],
    ['a missing description', { boundary: 'b', capability: 'c' }, ['/body/description']],
    ['a body that is a list', [WORK], ['/body']],
    ['a blank description', work({ description: '  \n ' }), ['/body/description']],
    ['a description beyond the bound', work({ description: 'x'.repeat(65_537) }), ['/body/description']],
    ['a description that is null', work({ description: null }), ['/body/description']],
    ['a blank capability', work({ capability: ' ' }), ['/body/capability']],
    ['a capability with a line break', work({ capability: 'a\nb' }), ['/body/capability']],
    ['a capability with a space', work({ capability: 'a b' }), ['/body/capability']],
    ['a capability that is a wildcard', work({ capability: '>' }), ['/body/capability']],
    ['a capability that divides a subject into nothing', work({ capability: 'a..b' }), ['/body/capability']],
    ['a capability beyond the bound', work({ capability: 'c'.repeat(65) }), ['/body/capability']],
    ['a capability that is a number', work({ capability: 5 }), ['/body/capability']],
    ['a boundary that is a list', work({ boundary: ['personal'] }), ['/body/boundary']],
    ['an empty boundary', work({ boundary: '' }), ['/body/boundary']],
    ['a priority of 0', work({ priority: 0 }), ['/body/priority']],
    ['a priority of 11', work({ priority: 11 }), ['/body/priority']],
    ['a priority of 5.5', work({ priority: 5.5 }), ['/body/priority']],
    ['a priority that is a text', work({ priority: '5' }), ['/body/priority']],
    ['a priority that is null', work({ priority: null }), ['/body/priority']],
    ['an unknown agent type', work({ requiredAgentType: 'gpt' }), ['/body/requiredAgentType']],
    ['an unknown preferred agent type', work({ preferredAgentType: '' }), ['/body/preferredAgentType']],
    ['a deadline that is no time', work({ deadline: 'tomorrow' }), ['/body/deadline']],
    ['a deadline on a day that does not exist', work({ deadline: '2030-02-30T00:00:00Z' }), ['/body/deadline']],
    ['a deadline in the year 0', work({ deadline: '0000-01-01T00:00:00Z' }), ['/body/deadline']],
    ['a deadline after the year 9999', work({ deadline: '9999-12-31T23:59:59-14:00' }), ['/body/deadline']],
    ['a deadline with an offset that no place has', work({ deadline: '2030-01-01T00:00:00+21:39' }), ['/body/deadline']],
    ['a deadline of endless precision', work({ deadline: `2030-01-01T00:00:00.${'1'.repeat(1000)}Z` }), ['/body/deadline']],
    ['context that is a list', work({ contextData: [] }), ['/body/contextData']],
    ['context that is a text', work({ contextData: '{}' }), ['/body/contextData']],
    ['an empty task id', work({ taskId: '' }), ['/body/taskId']],
    ['a task id beyond the bound', work({ taskId: 't'.repeat(257) }), ['/body/taskId']],
    ['a project id that would break a subject', work({ projectId: 'a.b' }), ['/body/projectId']],
    ['a project id that would break a path', work({ projectId: '../x' }), ['/body/projectId']],
    ['a project id with a wildcard', work({ projectId: '*' }), ['/body/projectId']],
    ['limits beyond the bounds', work({ limits: { attemptsMax: 21, idleTimeoutMs: 1 } }), ['/body/limits/attemptsMax', '/body/limits/idleTimeoutMs']],
    ['limits of the wrong kind', work({ limits: { overlapAllowed: 'yes' } }), ['/body/limits/overlapAllowed']],
    ['NUL in a text', work({ description: 'a\0b' }), ['/body/description']],
    ['NUL deep in the context', work({ contextData: { a: [{ b: '\0' }] } }), ['/body/contextData/a/0/b']],
    ['half of a surrogate pair', work({ taskId: '\ud800' }), ['/body/taskId']],
    ['a key of the context with NUL', work({ contextData: { 'k\0': 1 } }), ['/body/contextData/k\0']],
    ['a key of the context beyond the bound', work({ contextData: { ['k'.repeat(257)]: 1 } }), [`/body/contextData/${'k'.repeat(256)}`.slice(0, 256)]],
    [
      'problems of every kind at once',
      { description: 'a\0', priority: 99, contextData: 1 },
      ['/body/description', '/body/capability', '/body/priority', '/body/contextData', '/body/boundary'],
    ],
  ])('%s', async (_what, body, fields) => {
    const answer = await world.post('/api/work', body);

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'BAD_REQUEST' });
    expect(problemsOf(answer).map(({ field }) => field)).toEqual(expect.arrayContaining([...fields]));
    expect(new Set(problemsOf(answer).map(({ field }) => field)).size).toBe(fields.length);
    for (const { message, code } of problemsOf(answer)) expect([message, code]).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/^\w+$/)]);
  });

  test.each([
    ['a number that is infinite', '1e400'],
    ['a whole number that would lose digits', '12345678901234567890'],
    ['nesting beyond 64 levels', '['.repeat(70) + ']'.repeat(70)],
    ['nesting without end', '['.repeat(100_000) + ']'.repeat(100_000)],
  ])('%s', async (_what, json) => {
    const payload = `{"boundary":"b","capability":"c","description":"d","contextData":{"a":${json}}}`;

    const answer = await world.request('POST', '/api/work', { payload, headers: { 'content-type': 'application/json' } });

    expect(answer.statusCode).toBe(400);
    expect(problemsOf(answer)[0]?.field).toMatch(/^\/body\/contextData\/a/);
  });

  test.each(['', 'with spaces', 'ümlaut', 'k'.repeat(256)])('the Idempotency-Key "%s" beside the body’s own problems', async (key) => {
    const answer = await world.post('/api/work', work({ priority: 0 }), { 'idempotency-key': key });

    expect(answer.statusCode).toBe(400);
    expect(
      problemsOf(answer)
        .map(({ field }) => field)
        .toSorted(),
    ).toEqual(expect.arrayContaining(['/body/priority', '/headers/idempotency-key']));
  });
});

describe('a body that cannot be read is refused:', () => {
  test.each<[what: string, payload: string | Buffer, contentType: string | undefined, status: number, code: string]>([
    ['half a JSON text', '{"boundary":', 'application/json', 400, 'BAD_REQUEST'],
    ['JSON with a comment', '{} // x', 'application/json', 400, 'BAD_REQUEST'],
    ['no UTF-8', Buffer.from('{"description":"\xff"}', 'latin1'), 'application/json', 400, 'BAD_REQUEST'],
    ['a text', 'hello', 'text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['XML', '<work/>', 'application/xml', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a form', 'boundary=b', 'application/x-www-form-urlencoded', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['JSON that does not say so', '{}', undefined, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a content type that is none', '{}', 'json', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['more than 1 MiB', JSON.stringify(work({ contextData: { a: 'x'.repeat(1_048_576) } })), 'application/json', 413, 'BODY_TOO_LARGE'],
    ['context of more than 512 KiB', JSON.stringify(work({ contextData: { a: 'x'.repeat(524_288) } })), 'application/json', 413, 'BODY_TOO_LARGE'],
    [
      'context that grows beyond 512 KiB',
      JSON.stringify(work({ contextData: { a: 0 } })).replace('0', `[${Array(60_000).fill('1e15').join(',')}]`),
      'application/json',
      413,
      'BODY_TOO_LARGE',
    ],
  ])('%s', async (...[, payload, contentType, status, code]) => {
    const answer = await world.request('POST', '/api/work', { payload, headers: contentType === undefined ? {} : { 'content-type': contentType } });

    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code, error: expect.any(String), message: expect.any(String), requestId: expect.any(String) });
  });

  test.each([
    ['application/json; charset=latin1', 415],
    ['application/json; charset=utf-16', 415],
    ['application/json; charset=utf-8; charset="iso-8859-1"', 415],
    ['application/json; charset=', 415],
    ['application/json; charset=utf-8', 400],
    ['application/json;Charset="UTF-8"', 400],
    ['application/json; odata=verbose', 400],
    ['application/JSON', 400],
  ])('with the content type %s, or only because of what it says', async (contentType, status) => {
    const answer = await world.request('POST', '/api/work', { payload: '{"boundary":"b"}', headers: { 'content-type': contentType } });

    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, status === 415 ? 'UNSUPPORTED_MEDIA_TYPE' : 'BAD_REQUEST']);
  });

  test('compressed', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };

    expect((await world.request('POST', '/api/work', { payload: Buffer.from([0x1f, 0x8b]), headers })).statusCode).toBe(415);
  });
});

describe('a bad target is refused, naming', () => {
  test.each<[what: string, body: object, fields: readonly string[]]>([
    ['everything that is missing', {}, ['/body/name', '/body/agentType', '/body/capabilities', '/body/mechanism', '/body/config']],
    ['an empty name', target({ name: ' ' }), ['/body/name']],
    ['a name with a slash', target({ name: 'a/b' }), ['/body/name']],
    ['a name with a line break', target({ name: 'a\nb' }), ['/body/name']],
    ['a name beyond the bound', target({ name: 'n'.repeat(129) }), ['/body/name']],
    ['no capabilities', target({ capabilities: [] }), ['/body/capabilities']],
    ['a blank capability', target({ capabilities: ['a', ' '] }), ['/body/capabilities/1']],
    ['no boundaries', target({ boundaries: [] }), ['/body/boundaries']],
    ['an unknown agent type', target({ agentType: 'robot' }), ['/body/agentType']],
    ['an unknown mechanism', target({ mechanism: 'telepathy' }), ['/body/mechanism']],
    ['a configuration of another mechanism', target({ config: { mechanism: 'ssh', command: 'x' } }), ['/body/config/mechanism']],
    ['a configuration without command', target({ config: { mechanism: 'local' } }), ['/body/config/command']],
    ['an empty command', local({ command: '' }), ['/body/config/local/command']],
    ['arguments that are no texts', local({ args: [1] }), ['/body/config/local/args/0']],
    ['a variable whose name is none', local({ env: { 'A B': 'x' } }), ['/body/config/local/env/A B']],
    ['a variable whose value is no text', local({ env: { A: 1 } }), ['/body/config/local/env/A']],
    ['NUL in an argument', local({ args: ['a\0'] }), ['/body/config/local/args/0']],
    ['a host id that is none', local({ hostId: 'a b' }), ['/body/config/local/hostId']],
    ['an agent limit of 0', target({ limits: { agentsMax: 0 } }), ['/body/limits/agentsMax']],
    ['a health check that never ends', target({ healthCheck: { enabled: true, timeoutMs: 1e9 } }), ['/body/healthCheck/timeoutMs']],
    [
      'the configuration beside everything else',
      { name: '', mechanism: 'local', config: {} },
      ['/body/name', '/body/agentType', '/body/capabilities', '/body/config/command'],
    ],
  ])('%s', async (_what, body, fields) => {
    const answer = await world.post('/api/targets', body);

    expect(answer.statusCode).toBe(400);
    expect([...new Set(problemsOf(answer).map(({ field }) => field))].toSorted()).toEqual([...fields].toSorted());
  });
});

describe('a bad query or path is refused:', () => {
  test.each([
    ['/api/work?limit=0', '/query/limit'],
    ['/api/work?limit=101', '/query/limit'],
    ['/api/work?limit=', '/query/limit'],
    ['/api/work?limit=ten', '/query/limit'],
    ['/api/work?limit=1.5', '/query/limit'],
    ['/api/work?limit=0x10', '/query/limit'],
    ['/api/work?limit=-1', '/query/limit'],
    ['/api/work?limit=1&limit=2', '/query/limit'],
    ['/api/work?status=done', '/query/status'],
    ['/api/work?boundary=', '/query/boundary'],
    ['/api/work?boundary=a%00', '/query/boundary'],
    ['/api/work?boundary=%C3', '/query/boundary'],
    ['/api/work?boundary=a%ED%A0%80', '/query/boundary'],
    ['/api/work?boundary=%FE', '/query/boundary'],
    ['/api/work?boundary=%zz', '/query/boundary'],
    ['/api/work?limit=1&boundary=50%', '/query/boundary'],
    ['/api/work?%C3=1', '/query/%C3'],
    ['/api/work?projectId=a.b', '/query/projectId'],
    ['/api/work?cursor=', '/query/cursor'],
    ['/api/work?cursor=not%20a%20cursor', '/query/cursor'],
    ['/api/work?cursor=AAAA', '/query/cursor'],
    [`/api/work?cursor=${'A'.repeat(3000)}`, '/query/cursor'],
    ['/api/targets?limit=1000', '/query/limit'],
    ['/api/targets?cursor=AAAA', '/query/cursor'],
    ['/api/audit?since=2554-12-06T03%3A59%3A04.0%2B21%3A39', '/query/since'],
    ['/api/work/%00', '/params/id'],
    ['/api/targets/a%00b', '/params/id'],
    ['/api/work/7d9a0a3e-1111-4222-8333-444455556666/events?afterSeq=-1', '/query/afterSeq'],
    ['/api/work/7d9a0a3e-1111-4222-8333-444455556666/events?afterSeq=99999999999', '/query/afterSeq'],
    ['/api/work/7d9a0a3e-1111-4222-8333-444455556666/events?limit=501', '/query/limit'],
  ])('%s', async (url, field) => {
    const answer = await world.get(url);

    expect(answer.statusCode).toBe(400);
    expect([...new Set(problemsOf(answer).map((problem) => problem.field))]).toEqual([field]);
  });

  test.each([
    ['/api/work?limit=-1', '>=1'],
    ['/api/work?limit=1.5', 'must be a whole number'],
    ['/api/work?limit=1&limit=2', 'received array'],
    ['/api/work?priority=11', '<=10'],
    ['/api/events?after=-1', '>=0'],
    ['/api/events?after=99999999999999999999', '<=9007199254740991'],
  ])('%s, with the right reason', async (url, reason) => {
    const problems = problemsOf(await world.get(url));

    for (const { message } of problems) expect(message).toContain(reason);
    expect(problems.length).toBeGreaterThan(0);
  });

  test('both a filter and a limit are named', async () => {
    const answer = await world.get('/api/work?limit=0&status=done');

    expect(
      problemsOf(answer)
        .map(({ field }) => field)
        .toSorted(),
    ).toEqual(['/query/limit', '/query/status']);
  });

  test.each(['/api/work/%ff', '/api/work/%', '/api/targets/%E0%A4%A'])('%s is no UTF-8', async (url) => {
    expect((await world.get(url)).statusCode).toBe(400);
  });

  test('a reason for a cancel that is none', async () => {
    for (const reason of ['', 5, 'r'.repeat(1025)]) {
      const answer = await world.post('/api/work/7d9a0a3e-1111-4222-8333-444455556666/cancel', { reason });
      expect(answer.statusCode).toBe(400);
    }
  });
});
