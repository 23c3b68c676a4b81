import type { FastifySchema, RouteOptions } from 'fastify';

const FIRST = 'The same key with the same request is answered as it was first (`Idempotent-Replayed: true`); with another request: 409. Kept for 30 days.';
const FAILED = 'A failure that has done nothing is not kept: the repeat tries again.';

const END_UNKNOWN = {
  repeatable: 'When the first request died before its answer, it is done again, which does no harm.',
  once: 'When the first request died before its answer, the repeat is refused with `IDEMPOTENCY_UNKNOWN` rather than done twice.',
};

/** The header `Idempotency-Key` of a POST route, with what it guarantees there; `own` routes describe it themselves. */
export function withIdempotencyKey(schema: FastifySchema, { method, config, url }: RouteOptions): FastifySchema {
  if (method !== 'POST' || config?.idempotency === 'own' || schema.headers !== undefined || !url.startsWith('/api/')) return schema;
  const description = [FIRST, FAILED, END_UNKNOWN[config?.idempotency ?? 'once']].join(' ');
  const key = { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$', description };
  return { ...schema, headers: { type: 'object', properties: { 'idempotency-key': key } } };
}
