import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { clientSchema } from '../../scripts/client-schema.ts';

test('the types of the client are those of docs/openapi.json (npm run openapi writes both)', async () => {
  const [document, schema] = await Promise.all(
    ['docs/openapi.json', 'client/schema.ts'].map((path) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')),
  );

  expect(await clientSchema(JSON.parse(document ?? '') as object)).toBe(schema);
});
