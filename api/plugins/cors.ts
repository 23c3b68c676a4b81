import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const METHODS = 'GET,HEAD,PUT,PATCH,POST,DELETE';
// What of our answers a page may read besides the body.
const EXPOSED = 'ETag,Idempotent-Replayed,Location,Retry-After,WWW-Authenticate,X-Deprecated-Param,X-Request-Id';
const PREFLIGHT_SECONDS = '600';
// As long as anybody's list of real headers.
const REQUEST_HEADERS = /^[\w, -]{1,1024}$/;

/**
 * Web pages of these origins may use the api; pages of others get nothing that would let them read an answer. Credentials are
 * bearer tokens that a page sends itself, never cookies, so the browser is told of none.
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (origins.length > 0) addVary(reply, 'Origin');
    const isListed = isListedOrigin(request.headers.origin, origins);
    if (isListed) void reply.header('access-control-allow-origin', request.headers.origin).header('access-control-expose-headers', EXPOSED);
    if (!isPreflight(request)) {
      done();
      return;
    }
    if (isListed) describeRequests(request, reply);
    void reply.code(204).serializer(String).send('');
  });
}

/** True for an origin of the list, in the form in which browsers send it. */
export function isListedOrigin(origin: string | undefined, origins: readonly string[]): boolean {
  return origin !== undefined && origins.includes(origin);
}

// Before authentication: a browser sends no token with it.
function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

function describeRequests({ headers }: FastifyRequest, reply: FastifyReply): void {
  const wanted = headers['access-control-request-headers'];
  addVary(reply, 'Access-Control-Request-Headers');
  void reply.header('access-control-allow-methods', METHODS).header('access-control-max-age', PREFLIGHT_SECONDS);
  if (wanted !== undefined && REQUEST_HEADERS.test(wanted)) void reply.header('access-control-allow-headers', wanted);
}

function addVary(reply: FastifyReply, name: string): void {
  const given = reply.getHeader('vary');
  void reply.header('vary', given === undefined ? name : `${String(given)}, ${name}`);
}
