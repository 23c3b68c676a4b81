import { request } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { allOperations, at, NOBODY } from './all-operations.ts';
import { openWorld } from './api-world.ts';
import type { Answer, World } from './api-world.ts';

const operations = await allOperations();
const writing = operations.filter(({ method }) => method !== 'GET');
// A project begins to exist when it is written to, so a harmless body under an odd name is accepted there.
const named = operations.filter(({ path, id }) => path.includes('{') && id !== 'updateProject');

let world: World;
let listening: Server;
let before: unknown;
beforeAll(async () => {
  world = await openWorld();
  await world.app.listen({ host: '127.0.0.1', port: 0 });
  listening = world.app.server;
  before = await rowCounts();
});
afterAll(async () => {
  // Of all this nothing was done.
  expect(await rowCounts()).toEqual(before);
  expect(world.engine.calls).toEqual([]);
  await world.close();
});

async function rowCounts(): Promise<unknown> {
  return world.query(`select (select count(*) from work_items) as work, (select count(*) from targets) as targets, (select count(*) from projects) as projects,
    (select count(*) from events) as events, (select count(*) from idempotency_keys) as keys, (select count(*) from api_tokens) as tokens`);
}

/** Refused by us with a reason; `world.request` has held it against the document. */
function expectRefusal(answer: Answer, what: string): void {
  if (answer.statusCode < 400 || answer.statusCode >= 500)
    throw new Error(`${what} was answered with ${String(answer.statusCode)}: ${answer.body.slice(0, 200)}`);
  expect(answer.json()).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/u), error: expect.stringMatching(/\S{2}/u), requestId: expect.any(String) });
}

const JSON_TYPE = 'application/json';

const BODIES: readonly (readonly [what: string, payload: string | Buffer, contentType: string])[] = [
  ['half a JSON text', '{"a":', JSON_TYPE],
  ['NaN', '{"a":NaN}', JSON_TYPE],
  ['a number that is infinite', '{"a":1e400}', JSON_TYPE],
  ['a whole number that loses digits', '{"a":12345678901234567890}', JSON_TYPE],
  ['nesting of 70 levels', `{"a":${'['.repeat(70)}${']'.repeat(70)}}`, JSON_TYPE],
  ['nesting without end', '['.repeat(200_000), JSON_TYPE],
  ['NUL', '{"a":"\\u0000"}', JSON_TYPE],
  ['a name with NUL', '{"\\u0000":1}', JSON_TYPE],
  ['half of a surrogate pair', '{"a":"\\ud800"}', JSON_TYPE],
  ['no UTF-8', Buffer.from('{"a":"\xff"}', 'latin1'), JSON_TYPE],
  ['more than 1 MiB', `{"a":"${'x'.repeat(1_048_576)}"}`, JSON_TYPE],
  ['a form', 'a=b', 'application/x-www-form-urlencoded'],
  ['XML', '<a/>', 'application/xml'],
  ['a content type that is none', '{}', ';'],
];

describe('a hostile body is refused by', () => {
  test.each(writing)('$id', async ({ method, path }) => {
    for (const [what, payload, contentType] of BODIES) {
      expectRefusal(await world.request(method, at(path), { payload, headers: { 'content-type': contentType } }), what);
    }
  });
});

describe('names of JavaScript’s own objects in a body mean nothing to', () => {
  test.each(named.filter(({ method }) => method !== 'GET'))('$id', async ({ method, path }) => {
    for (const payload of ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '{"toString":1,"hasOwnProperty":2}']) {
      expectRefusal(await world.request(method, at(path), { payload, headers: { 'content-type': JSON_TYPE } }), payload);
    }
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('a hostile id is refused by', () => {
  const IDS = [
    '%00',
    '%2F',
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e%2f',
    '%ff',
    '%',
    `a%00${NOBODY}`,
    '*',
    '%2A',
    '>',
    '%3E',
    'a.b.%3E',
    '%0d%0aX:1',
    '%F0%9F',
    '__proto__',
    'x'.repeat(3000),
    'x'.repeat(10_000),
    '%20',
  ];

  test.each(named)('$id', async ({ method, path }) => {
    for (const id of IDS) expectRefusal(await world.request(method, at(path, id)), id);
  });

  test('updateProject', async () => {
    // Every other id may be a project's.
    for (const id of IDS.filter((one) => one !== '__proto__')) expectRefusal(await world.request('PUT', at('/api/projects/{id}', id), { payload: {} }), id);
  });

  // Clients and tests tidy such a path up; whoever means ill does not.
  test.each(named)('$id, when it climbs', async ({ method, path }) => {
    const { port } = listening.address() as AddressInfo; // it listens on TCP
    for (const id of ['..', '.', '%2e%2e', '../..']) {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        request({ port, method, path: at(path, id), agent: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on('error', reject)
          .end();
      });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
  });
});

describe('a hostile query is refused by', () => {
  const QUERIES = [
    'projectId=a&projectId=b',
    'projectId=*',
    'projectId=a.%3E',
    'projectId=%00',
    'projectId=..%2fx',
    `projectId=${'x'.repeat(65)}`,
    'projectId=',
  ];

  test.each(operations.filter(({ takesProject }) => takesProject))('$id', async ({ method, path }) => {
    for (const query of QUERIES) expectRefusal(await world.request(method, `${at(path)}?${query}`), query);
  });
});
