import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ApiToken, TokenCreate, TokenId } from '../../src/domain/access/token.ts';
import { WeftError } from '../../src/domain/errors.ts';
import { GivenTimestamp } from '../../src/domain/ids.ts';
import type { TokenPosition } from '../../src/ports/ledger/token-ledger.ts';
import { authorOf } from '../access/actors.ts';
import { cursorOf, pageFields, readPage } from '../http/cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { PARAM_CHARS_MAX } from '../limits.ts';
import { makeToken } from '../operations/make-token.ts';
import { actorOf } from '../plugins/authenticate.ts';
import { PageFields, PageQuery } from '../http/queries.ts';
import type { ZodApp } from '../http/zod-app.ts';

const TokenCreated = z
  .object({
    ...ApiToken.shape,
    token: z
      .string()
      .exactOptional()
      .meta({ description: 'What to send as `Authorization: Bearer …`; shown this once, and not when the request is repeated with its Idempotency-Key.' }),
  })
  .meta({ id: 'TokenCreated' });
const TokenList = z.object({ tokens: z.array(ApiToken), ...PageFields }).meta({ id: 'TokenList' });
const Position = z.object({ createdAt: GivenTimestamp, id: TokenId });
const TokenCursor = cursorOf(Position);

const IdParams = z.object({ id: z.string().max(PARAM_CHARS_MAX) });
const tags = ['access'];

/** `/api/tokens`: make, list and revoke the tokens of people and programs. */
export const tokenRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  createRoute(app, deps);
  listRoute(app, deps);
  revokeRoute(app, deps);
  done();
};

function createRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'admin', shownOnce: 'token' },
    url: '/tokens',
    schema: {
      tags,
      operationId: 'createToken',
      summary: 'Make a token',
      description:
        'It can do no more than its maker: scopes and projects beyond those of the calling token are refused. Only a hash of it is kept. ' +
        'A name that a token has which the caller may see, and which is neither revoked nor expired, is answered with 409.',
      body: TokenCreate,
      response: { 201: TokenCreated, ...ErrorReplies },
    },
    handler: async (request, reply) => {
      const { token, text } = makeToken(request.body, actorOf(request), Date.now());
      const created = await deps.tokens.create(token, actorOf(request).projects, authorOf(request));
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...created, token: text });
    },
  });
}

function listRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'admin' },
    url: '/tokens',
    schema: {
      tags,
      operationId: 'listTokens',
      summary: 'List tokens, the newest first',
      description: 'Revoked and expired ones too, never their secrets. A caller that is bound to projects sees tokens of those projects only.',
      querystring: PageQuery,
      response: { 200: TokenList, ...ErrorReplies },
    },
    handler: async (request) => {
      const { projects } = actorOf(request);
      const filter = { projects: projects === 'all' ? 'all' : projects.join(' ') };
      const page = readPage(request.query, filter, TokenCursor);
      const found = await deps.tokens.list(projects, page);
      return { tokens: [...found.items], ...pageFields(found, { positionOf, limit: page.limit, filter }) };
    },
  });
}

function revokeRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'DELETE',
    config: { scope: 'admin' },
    url: '/tokens/:id',
    schema: {
      tags,
      operationId: 'revokeToken',
      summary: 'Revoke a token',
      description:
        'Every replica refuses it within two seconds, and ends what it keeps open within five. It stays in the list. Doing it again changes nothing.',
      params: IdParams,
      response: { 200: ApiToken, ...ErrorReplies },
    },
    handler: async (request) => {
      const id = TokenId.safeParse(request.params.id);
      const revoked = id.success ? await deps.tokens.revoke(id.data, actorOf(request).projects, authorOf(request)) : null;
      if (revoked === null) throw new WeftError('NOT_FOUND', `There is no token ${request.params.id.slice(0, 64)}.`);
      return revoked;
    },
  });
}

function positionOf({ createdAt, id }: ApiToken): TokenPosition {
  return { createdAt, id };
}
