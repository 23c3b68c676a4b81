import { expect, test } from '@jest/globals';
import fastify from 'fastify';
import type { FastifyRequest } from 'fastify';
import { HANDLER_TIMEOUT_MS } from '../../api/limits.ts';
import { boundHandlers } from '../../api/plugins/bound-handlers.ts';

test('every handler has a limit, but those that wait for one statement of the ledger only', async () => {
  const app = fastify();
  boundHandlers(app);
  const limitOf = ({ routeOptions }: FastifyRequest) => ({ limit: routeOptions.handlerTimeout });
  app.get('/any', limitOf);
  app.get('/ledger', { config: { boundedByLedger: true } }, limitOf);
  app.register((scope, _options, done) => {
    scope.get('/inner', limitOf);
    done();
  });

  const limits = await Promise.all(['/any', '/ledger', '/inner'].map(async (url) => (await app.inject(url)).json<unknown>()));

  expect(limits).toEqual([{ limit: HANDLER_TIMEOUT_MS }, { limit: 0 }, { limit: HANDLER_TIMEOUT_MS }]);
});
