import type { FastifyInstance } from 'fastify';

/** Gives every answer its request id and the log one line per request, without query or body. */
export function traceRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  if (!['debug', 'trace'].includes(app.log.level)) return;
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    request.log.debug({ method, route: routeOptions.url, status: reply.statusCode, elapsedMs: Math.round(reply.elapsedTime) }, 'request answered');
    done();
  });
}
