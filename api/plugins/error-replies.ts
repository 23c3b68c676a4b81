import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WeftError } from '../../src/domain/errors.ts';
import { toErrorReply } from '../errors.ts';
import type { ErrorReply } from '../errors.ts';

const RETRY_AFTER_S = 2;
const PATH_CHARS_MAX = 200;
const STACK_CHARS_MAX = 8192;

/** Every failure leaves in the contract's one form, unknown routes and unreadable requests included. */
export function answerErrors(app: FastifyInstance, showStacks = false): void {
  app.setErrorHandler((error, request, reply) =>
    answerError(showStacks ? withStack(error, request) : toErrorReply(error, request.id), error, { request, reply }),
  );
  app.setNotFoundHandler(answerUnknownRoute);
}

/** The answer to one failure; those that are ours to mend are logged. */
function answerError(
  { status, retryable, body }: ErrorReply,
  error: unknown,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): FastifyReply {
  if (status >= 500) request.log.error({ err: error, code: body.code }, 'request failed');
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  if ((status === 503 || status === 409) && retryable) void reply.header('retry-after', RETRY_AFTER_S);
  return reply.code(status).header('content-type', 'application/json; charset=utf-8').serializer(JSON.stringify).send(body);
}

function withStack(error: unknown, request: FastifyRequest): ErrorReply {
  const reply = toErrorReply(error, request.id);
  const stack = error instanceof Error ? error.stack?.slice(0, STACK_CHARS_MAX) : undefined;
  return stack === undefined ? reply : { ...reply, body: { ...reply.body, stack } };
}

/** Errors that fastify finds before there is a route, such as a path that cannot be decoded. */
export function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  void answerError(toErrorReply(error, request.id), error, { request, reply });
}

/** For every path and method without a route. */
export function answerUnknownRoute(request: FastifyRequest): never {
  const path = request.url.split('?', 1)[0] ?? '';
  throw new WeftError('NOT_FOUND', `There is no ${request.method} ${path.slice(0, PATH_CHARS_MAX)}.`);
}
