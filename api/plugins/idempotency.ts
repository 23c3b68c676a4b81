import type { FastifyInstance, FastifyReply, FastifyRequest, onSendAsyncHookHandler, preHandlerAsyncHookHandler } from 'fastify';
import { z } from 'zod';
import { WeftError } from '../../src/domain/errors.ts';
import { IdempotencyKey } from '../../src/domain/work/idempotency-key.ts';
import type { Claim, IdempotencyLedger, KeptAnswer, KeyedRequest } from '../../src/ports/ledger/idempotency-ledger.ts';
import { hashOf } from '../http/canonical-json.ts';
import { badRequest } from '../errors.ts';
import { HANDLER_TIMEOUT_MS } from '../limits.ts';
import { waitUntil } from '../wait-until.ts';
import { actorOf } from './authenticate.ts';
import { sentBodyOf } from './validate-request.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * What an Idempotency-Key does on this POST route. `own`: its handler sees to it, in the transaction of the change.
     * `repeatable`: doing it twice does no harm, so one whose end is not known is done again. Without it, such a one is refused.
     */
    idempotency?: 'own' | 'repeatable';
    /** A field of the answer that is shown once: it is left out of what is kept for repeats. */
    shownOnce?: string;
  }
}

// The handler's own limit, and time for its answer to be kept.
const STALE_AFTER_MS = HANDLER_TIMEOUT_MS + 5000;
const WAIT_MS = 3000;
const ANSWER_CHARS_MAX = 262_144;

const claims = new WeakMap<FastifyRequest, KeyedRequest>();

/** A POST that comes again with its Idempotency-Key is answered as it was answered first, and nothing is done again. */
export function joinRepeats(app: FastifyInstance, ledger: IdempotencyLedger): void {
  const join: preHandlerAsyncHookHandler = async (request, reply) => {
    const keyed = toKeyedRequest(request);
    if (keyed === null) return undefined;
    const bounds = { staleAfterMs: STALE_AFTER_MS, repeatable: request.routeOptions.config.idempotency === 'repeatable' };
    const claim = await waitUntil(() => ledger.claim(keyed, bounds), { isDone: ({ kind }) => kind !== 'under-way', timeoutMs: WAIT_MS });
    if (claim.kind !== 'ours') return replay(reply, answerOf(claim, keyed.key));
    claims.set(request, keyed);
    return undefined;
  };
  const keep: onSendAsyncHookHandler = async (request, reply, payload) => {
    const keyed = claims.get(request);
    if (keyed === undefined) return;
    claims.delete(request);
    try {
      await settle(ledger, keyed, { request, reply, payload });
    } catch (error) {
      // The caller gets the true answer; only a repeat will be told that nobody knows.
      request.log.warn({ err: error }, 'the answer to an Idempotency-Key was not kept');
    }
  };
  // Only of the routes that need it: every request of the others would wait for two promises more.
  app.addHook('onRoute', (route) => {
    if (route.method !== 'POST' || route.config?.idempotency === 'own') return;
    route.preHandler = join;
    route.onSend = keep;
  });
}

/** The key that a request carries. Throws `BAD_REQUEST` for what is none. */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const given = headers['idempotency-key'];
  if (given === undefined) return undefined;
  const key = IdempotencyKey.shape.key.safeParse(given);
  if (key.success) return key.data;
  throw badRequest([{ field: '/headers/idempotency-key', message: key.error.issues[0]?.message ?? 'is not valid', code: 'invalid_format' }]);
}

/** Who shares keys with the caller, as SHA-256 in hex. */
export function keySharersOf(request: FastifyRequest): string {
  const { projects } = actorOf(request);
  return hashOf(projects === 'all' ? projects : [...projects].sort());
}

function toKeyedRequest(request: FastifyRequest): KeyedRequest | null {
  const { id, params, query, routeOptions } = request;
  const key = idempotencyKeyOf(request);
  if (key === undefined) return null;
  return {
    caller: keySharersOf(request),
    projects: actorOf(request).projects,
    key,
    fingerprint: hashOf({ route: routeOptions.url, params, query, body: sentBodyOf(request) }),
    // A caller may send one request id twice.
    owner: `${id}:${crypto.randomUUID()}`,
  };
}

function answerOf(claim: Exclude<Claim, { kind: 'ours' }>, key: string): KeptAnswer {
  switch (claim.kind) {
    case 'answered':
      return claim.answer;
    case 'mismatch':
      throw new WeftError('IDEMPOTENCY_MISMATCH', `The Idempotency-Key ${key} was used before, for another request.`);
    case 'under-way':
      throw new WeftError('IDEMPOTENCY_UNDER_WAY', `The first request with the Idempotency-Key ${key} has no answer yet; repeat it soon.`);
    case 'unknown':
      throw new WeftError(
        'IDEMPOTENCY_UNKNOWN',
        `The first request with the Idempotency-Key ${key} was begun, and its end is not known; look what it did before repeating it with a new key.`,
      );
  }
}

function replay(reply: FastifyReply, { status, body, location }: KeptAnswer): FastifyReply {
  if (location !== null) void reply.header('location', location);
  return reply.code(status).header('idempotent-replayed', 'true').header('content-type', 'application/json; charset=utf-8').serializer(String).send(body);
}

interface Sent {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly payload: unknown;
}

/** A success is kept, a failure that has done nothing forgotten, so that a repeat tries again; of any other the end is not known. */
async function settle(ledger: IdempotencyLedger, keyed: KeyedRequest, { request, reply, payload }: Sent): Promise<void> {
  const { statusCode: status } = reply;
  const { idempotency, shownOnce } = request.routeOptions.config;
  const text = typeof payload === 'string' ? payload : '';
  if (status >= 200 && status < 300) {
    const body = shownOnce === undefined ? text : withoutField(text, shownOnce);
    const location = reply.getHeader('location');
    if (body.length <= ANSWER_CHARS_MAX) await ledger.keep(keyed, { status, body, location: typeof location === 'string' ? location : null });
  } else if (status < 500 || idempotency === 'repeatable' || codeOf(text) === 'LEDGER_UNAVAILABLE') {
    await ledger.forget(keyed);
  }
}

const AnyObject = z.record(z.string(), z.unknown());

function withoutField(json: string, name: string): string {
  const { [name]: _left, ...kept } = AnyObject.parse(JSON.parse(json));
  return JSON.stringify(kept);
}

function codeOf(json: string): unknown {
  try {
    return AnyObject.parse(JSON.parse(json))['code'];
  } catch {
    return undefined;
  }
}
