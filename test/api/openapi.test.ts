import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { buildApp } from '../../api/app.ts';
import { API_VERSION } from '../../api/plugins/openapi.ts';
import { closedPorts } from './closed-ports.ts';

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
  expect((await readJson('package.json'))['version']).toBe(API_VERSION);
});

test('every schema of the document compiles, and every reference leads somewhere', async () => {
  const document = await servedDocument();
  const ajv = new Ajv2020({ strict: false, validateFormats: false, schemas: [{ ...document, $id: 'openapi' }] });
  const { schemas } = document['components'] as { schemas: Record<string, unknown> };

  for (const name of Object.keys(schemas)) expect(ajv.getSchema(`openapi#/components/schemas/${name}`)).toBeDefined();
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Weft API' } });
});

test('every operation has an id of its own and says how it fails', async () => {
  const paths = (await servedDocument())['paths'] as Record<string, Record<string, { operationId?: string; responses: Record<string, unknown> }>>;
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const ids = operations.map((operation) => operation.operationId);

  expect(ids).not.toContain(undefined);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { responses } of operations) expect(responses).toHaveProperty('4XX');
});

test('a body that may be empty is not called required', async () => {
  const paths = (await servedDocument())['paths'] as Record<string, { post: { requestBody: { required: boolean } } }>;

  expect(paths['/api/work/{id}/cancel']?.post.requestBody.required).toBe(false);
  expect(paths['/api/work']?.post.requestBody.required).toBe(true);
});
