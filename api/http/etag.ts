import type { FastifyReply, FastifyRequest } from 'fastify';
import { hashOf } from './canonical-json.ts';

/** A strong tag of what is answered; the same facts have the same tag on every replica. */
export function etagOf(facts: unknown): string {
  return `"${hashOf(facts).slice(0, 32)}"`;
}

/** Gives the answer its tag; true when the caller has this very answer already, which is then said with 304 and no body. */
export function isNotModified(request: FastifyRequest, reply: FastifyReply, etag: string): boolean {
  void reply.header('etag', etag);
  return request.headers['if-none-match'] === etag;
}
