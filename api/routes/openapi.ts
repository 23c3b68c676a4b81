import type { FastifyPluginCallback } from 'fastify';

/** `/api/openapi.json`: the description of this API, open to everybody like the contract's. */
export const openApiRoute: FastifyPluginCallback = (app, _options, done) => {
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
  done();
};
