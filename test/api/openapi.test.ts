import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { buildApp } from '../../api/app.ts';
import { REQUEST_EXAMPLES } from '../../api/openapi/examples.ts';
import { VERSION } from '../../src/domain/version.ts';
import { closedPorts } from './closed-ports.ts';
import { EXAMPLE_CALLS } from './example-calls.ts';

async function readJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')) as Record<string, unknown>;
}

async function servedDocument(): Promise<Record<string, unknown>> {
  const app = buildApp(closedPorts());
  try {
    return (await app.inject({ url: '/api/openapi.json' })).json<Record<string, unknown>>();
  } finally {
    await app.close();
  }
}

test('docs/openapi.json is what the API serves (npm run openapi writes it)', async () => {
  expect(await servedDocument()).toEqual(await readJson('docs/openapi.json'));
});

test('the document has the version of the package', async () => {
  expect((await readJson('package.json'))['version']).toBe(VERSION);
});

test('every schema of the document compiles, and every reference leads somewhere', async () => {
  const document = await servedDocument();
  const ajv = new Ajv2020({ strict: false, validateFormats: false, schemas: [{ ...document, $id: 'openapi' }] });
  const { schemas } = document['components'] as { schemas: Record<string, unknown> };

  for (const name of Object.keys(schemas)) expect(ajv.getSchema(`openapi#/components/schemas/${name}`)).toBeDefined();
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Weft API' } });
});

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
  readonly responses: Readonly<Record<string, unknown>>;
  readonly 'x-required-scope'?: string;
}

async function operations(): Promise<readonly (Operation & { readonly path: string; readonly method: string })[]> {
  const paths = (await servedDocument())['paths'] as Record<string, Record<string, Operation>>;
  return Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method })));
}

test('every operation has an id of its own, a summary, and one tag that the document describes', async () => {
  const { tags } = (await servedDocument()) as { tags: { name: string }[] };
  const all = await operations();

  expect(all.length).toBeGreaterThan(10);
  expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
  for (const { operationId, summary, tags: own } of all) {
    expect([operationId, summary, own]).toEqual([expect.stringMatching(/^[a-z][A-Za-z]+$/u), expect.stringMatching(/\S/u), [expect.any(String)]]);
  }
  expect(new Set(all.flatMap((operation) => operation.tags ?? []))).toEqual(new Set(tags.map(({ name }) => name)));
});

test('every operation of /api says which scope it needs; the others are open', async () => {
  for (const operation of await operations()) {
    const closed = operation.path.startsWith('/api/');

    expect([operation.operationId, operation['x-required-scope']]).toEqual([
      operation.operationId,
      closed ? expect.stringMatching(/^(\w+:)?\w+$/u) : undefined,
    ]);
    expect(operation.security).toEqual(closed ? undefined : []);
  }
});

test('every operation names every status with which it can fail', async () => {
  for (const { operationId, method, parameters = [], security, responses } of await operations()) {
    const closed = security === undefined ? ['401', '503'] : [];
    const named = parameters.some((parameter) => parameter.in === 'path') ? ['404'] : [];
    const writing = method === 'get' ? [] : ['409', '413', '415'];

    expect([operationId, ...Object.keys(responses)]).toEqual(
      expect.arrayContaining([operationId, '400', '403', '500', '4XX', ...closed, ...named, ...writing]),
    );
    expect(JSON.stringify(responses)).not.toContain('Default Response');
  }
});

test('every operation has an example call, which another test makes (test/api/example-calls.ts)', async () => {
  const ids = (await operations()).map(({ operationId }) => operationId);

  expect(Object.keys(EXAMPLE_CALLS).toSorted()).toEqual(ids.toSorted());
});

test('every example of a request is one that is accepted', async () => {
  const document = await servedDocument();
  const ajv = new Ajv2020({ strict: false, validateFormats: false, schemas: [{ ...document, $id: 'openapi' }] });
  const shown = (await operations()).filter(({ requestBody }) => requestBody?.content['application/json']?.example !== undefined);

  expect(shown.map(({ operationId }) => operationId).toSorted()).toEqual(Object.keys(REQUEST_EXAMPLES).toSorted());
  for (const { path, method, requestBody } of shown) {
    const pointer = ['paths', path, method, 'requestBody', 'content', 'application/json', 'schema'].map((part) =>
      encodeURIComponent(part.replaceAll('/', '~1')),
    );
    const validate = ajv.getSchema(`openapi#/${pointer.join('/')}`);
    expect([path, validate?.(requestBody?.content['application/json']?.example), validate?.errors]).toEqual([path, true, null]);
  }
});

test('a body that may be empty is not called required', async () => {
  const paths = (await servedDocument())['paths'] as Record<string, { post: { requestBody: { required: boolean } } }>;

  expect(paths['/api/work/{id}/cancel']?.post.requestBody.required).toBe(false);
  expect(paths['/api/work']?.post.requestBody.required).toBe(true);
});
