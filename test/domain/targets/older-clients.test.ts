import { expect, test } from '@jest/globals';
import { fromOlderClients, fromOlderRegistrations } from '../../../src/domain/targets/older-clients.ts';

test.each([
  ['classifications are boundaries', { classifications: ['personal'] }, { classifications: ['personal'], boundaries: ['personal'] }],
  ['the newer name wins', { classifications: ['a'], boundaries: ['b'] }, { classifications: ['a'], boundaries: ['b'] }],
  ['something else is left as it is', ['x'], ['x']],
])('%s', (_what, body, read) => {
  expect(fromOlderClients(body)).toEqual(read);
});

test('settings at the top are a flat configuration, when there is none', () => {
  const body = { name: 'x', mechanism: 'local', command: 'echo', args: ['a'], classifications: ['personal'] };

  expect(fromOlderRegistrations(body)).toMatchObject({ config: { mechanism: 'local', command: 'echo', args: ['a'] }, boundaries: ['personal'] });
  expect(fromOlderRegistrations({ ...body, config: {} })).toMatchObject({ config: {} });
  expect(fromOlderRegistrations({ name: 'x', mechanism: 'local' })).toEqual({ name: 'x', mechanism: 'local' });
});
