import { expect, test } from '@jest/globals';
import { buildApp } from '../../api/app.ts';
import { closedPorts } from './closed-ports.ts';
import { findOpenPlaces, findUnboundedInputs } from './schema-places.ts';
import type { OpenApi } from './schema-places.ts';

/** The only places where anything may stand: what belongs to the caller, or depends on a name beside it. */
const OPEN_PLACES = [
  'AuditEntry.after', // depends on `action`
  'AuditEntry.before',
  'ContextData', // the submitter's own
  'ErrorBody.details', // depends on `code`
  'Target.config', // depends on `mechanism`; the secret values are masked
  'TargetRegister.config',
  'TargetRegistration.config',
  'TargetUpdate.config',
  'WeftEvent.data', // depends on `name`
  'WorkBatchSubmit.items[]',
  'WorkBatchSubmitResult.results[].error.details',
  'WorkItem.result.output', // the agent's own
  'WorkSubmitResult.result.output',
];

async function document(): Promise<OpenApi> {
  const app = buildApp(closedPorts());
  await app.ready();
  const served = app.swagger() as unknown as OpenApi;
  await app.close();
  return served;
}

test('only the places that are named here take anything', async () => {
  expect(findOpenPlaces(await document())).toEqual(OPEN_PLACES);
});

test('every text, list and number of a request has its bounds', async () => {
  expect(findUnboundedInputs(await document())).toEqual([]);
});

test('the search finds what is open or without bounds, wherever it hides', () => {
  const body = (schema: object): OpenApi => ({
    paths: { '/x': { post: { operationId: 'x', requestBody: { content: { 'application/json': { schema } } }, responses: {} } } },
    components: { schemas: { Deep: { type: 'object', properties: { list: { type: 'array', items: { anyOf: [{ type: 'string' }, {}] }, maxItems: 1 } } } } },
  });

  expect(findOpenPlaces(body({ $ref: '#/components/schemas/Deep' }))).toEqual(['Deep.list[]']);
  expect(findOpenPlaces(body({ type: 'object', additionalProperties: {} }))).toEqual(['x body']);
  expect(findOpenPlaces(body({ type: 'object' }))).toEqual(['x body']);
  expect(findUnboundedInputs(body({ $ref: '#/components/schemas/Deep' }))).toEqual(['Deep.list[] string']);
  expect(findUnboundedInputs(body({ type: 'array', items: { type: 'integer', minimum: 0 } }))).toEqual(['x body array', 'x body[] integer']);
  expect(findUnboundedInputs(body({ type: ['string', 'null'] }))).toEqual(['x body string']);
});
