import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { WeftError } from '../../src/domain/errors.ts';

/** Every request in this scope needs one of the tokens, before its body is read. No tokens: the loopback guard stands instead. */
export function requireBearer(app: FastifyInstance, tokens: readonly string[]): void {
  if (tokens.length === 0) return;
  const known = tokens.map(digest);
  app.addHook('onRequest', (request, _reply, done) => {
    const { authorization } = request.headers;
    if (authorization === undefined) throw unauthorized('The Authorization header is missing; send "Authorization: Bearer <token>".');
    const token = /^bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw unauthorized('The Authorization header has the wrong format; send "Authorization: Bearer <token>".');
    if (!isKnown(digest(token), known)) throw unauthorized('The bearer token is not known.');
    done();
  });
}

// Digests have one length, and all of them are compared, so the time says nothing about the tokens.
function isKnown(given: Buffer, known: readonly Buffer[]): boolean {
  let found = false;
  for (const one of known) found = timingSafeEqual(one, given) || found;
  return found;
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function unauthorized(message: string): WeftError {
  return new WeftError('UNAUTHORIZED', message);
}
