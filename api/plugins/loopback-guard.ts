import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isListedOrigin } from './cors.ts';
import { WeftError } from '../../src/domain/errors.ts';

const LOOPBACK_AUTHORITY = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const READING_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * The floor when no tokens are configured: whoever reaches the port may do everything, so web pages must not reach it. A name
 * that a page's owner lets resolve to this machine is refused by its `Host`, a write from another page by its `Origin`.
 */
export function refuseForeignPages(app: FastifyInstance, allowedOrigins: readonly string[]): void {
  app.addHook('onRequest', (request, _reply, done) => {
    refuseForeign(request, allowedOrigins);
    done();
  });
}

function refuseForeign({ method, headers: { host, origin } }: FastifyRequest, allowedOrigins: readonly string[]): void {
  // Browsers always send it; HTTP/1.0 probes do not.
  if (host !== undefined && !LOOPBACK_AUTHORITY.test(host)) {
    throw new WeftError('FORBIDDEN', 'Without API tokens only loopback names are answered; use http://127.0.0.1 or configure tokens.');
  }
  if (!READING_METHODS.includes(method) && isForeignPage({ headers: { host, origin } }, allowedOrigins)) {
    throw new WeftError('FORBIDDEN', 'A page of another origin may not write here; name its origin in WEFT_CORS_ORIGINS to allow it.');
  }
}

/** True for a page of another origin than this server's own and those that are allowed; also asked of a WebSocket's upgrade. */
export function isForeignPage({ headers: { host, origin } }: Pick<FastifyRequest, 'headers'>, allowedOrigins: readonly string[]): boolean {
  if (origin === undefined || isListedOrigin(origin, allowedOrigins)) return false;
  return origin.toLowerCase() !== `http://${host ?? ''}`.toLowerCase();
}
