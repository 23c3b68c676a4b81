import type { Socket } from 'node:net';
import websocket from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isAllowed } from '../../src/domain/access/actor.ts';
import { hasErrorCode, WeftError } from '../../src/domain/errors.ts';
import { callerOf, rememberCaller } from '../plugins/authenticate.ts';
import type { ActorFinder } from '../plugins/authenticate.ts';
import { isForeignPage } from '../plugins/loopback-guard.ts';
import type { ClientSet } from './client-set.ts';
import type { WebSocketLimits } from './limits.ts';

export interface WebSocketDeps {
  readonly clients: ClientSet;
  readonly findActor: ActorFinder;
  readonly limits: WebSocketLimits;
  /** Without tokens, pages of other origins are refused: browsers let any page open a socket. */
  readonly refusePages: boolean;
  /** Pages of these origins are none of those. */
  readonly allowedOrigins: readonly string[];
}

const PATH = '/api/ws';
const SUBPROTOCOL = 'bearer';
// From the request to the open connection, or to the end of its refusal.
const UPGRADE_TIMEOUT_MS = 10_000;

/** `/api/ws`. An upgrade anywhere else is refused. */
export function serveWebSocket(app: FastifyInstance, deps: WebSocketDeps): void {
  app.register(websocket, {
    options: { maxPayload: deps.limits.messageBytesMax, handleProtocols: chooseProtocol, perMessageDeflate: false },
    preClose: async () => {
      app.websocketServer.close();
      await deps.clients.close();
    },
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (isUpgrade(request) && pathOf(request) !== PATH) void refuse(reply, 400, 'Bad Request');
    else done();
  });
  endRefusedUpgrades(app);
  app.register((scope, _options, done) => {
    scope.route({
      method: 'GET',
      url: PATH,
      exposeHeadRoute: false,
      schema: { hide: true },
      onRequest: (request, reply) => admit(request, reply, deps),
      handler: (_request, reply) => {
        void reply.header('upgrade', 'websocket');
        throw new WeftError('UPGRADE_REQUIRED', `${PATH} is a WebSocket; connect with a WebSocket client.`);
      },
      wsHandler: (socket, request) => {
        deps.clients.add(socket, callerOf(request));
      },
    });
    done();
  });
}

/** The HTTP server no longer looks after a socket that asked for an upgrade: one that was refused must not stay. */
function endRefusedUpgrades(app: FastifyInstance): void {
  app.server.on('upgrade', (_request, socket: Socket) => {
    // An open connection takes this timeout away.
    socket.setTimeout(UPGRADE_TIMEOUT_MS, () => socket.destroy());
  });
  app.addHook('onResponse', (request, _reply, done) => {
    if (isUpgrade(request)) request.raw.socket.destroySoon();
    done();
  });
}

async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  { clients, findActor, limits, refusePages, allowedOrigins }: WebSocketDeps,
): Promise<FastifyReply | undefined> {
  if (refusePages && isForeignPage(request, allowedOrigins)) return refuse(reply, 403, 'Foreign origin');
  const token = tokenOf(request);
  try {
    const actor = await findActor(token);
    if (!isAllowed(actor, 'work:read')) return await refuse(reply, 403, 'This needs a token with the scope "work:read"');
    rememberCaller(request, { actor, token });
  } catch (error) {
    if (!hasErrorCode(error, 'UNAUTHORIZED')) throw error;
    return refuse(reply.header('www-authenticate', 'Bearer'), 401, token === undefined ? 'No token provided' : 'Invalid token');
  }
  if (isUpgrade(request) && clients.size >= limits.connectionsMax) return refuse(reply.header('retry-after', '5'), 503, 'Too many connections');
  return undefined;
}

/** In the query it decides alone; else the one beside `bearer` among the subprotocols, which is all that browsers can send; else that of the header. */
function tokenOf({ query, headers }: FastifyRequest): string | undefined {
  const { token } = query as { token?: unknown }; // a parsed query string
  if (token !== undefined) return typeof token === 'string' ? token : '';
  const [scheme, offered] = (headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim());
  if (scheme?.toLowerCase() === SUBPROTOCOL && offered !== undefined) return offered;
  return headers.authorization === undefined ? undefined : (/^bearer +(\S+)$/i.exec(headers.authorization)?.[1] ?? '');
}

// Never the token itself, which would come back in the answer.
function chooseProtocol(offered: Set<string>): string | false {
  if (offered.has(SUBPROTOCOL)) return SUBPROTOCOL;
  const [first = false] = offered;
  return first;
}

function isUpgrade({ headers }: FastifyRequest): boolean {
  return headers.upgrade !== undefined && /\bupgrade\b/i.test(headers.connection ?? '');
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? '';
}

/** In plain text, which is what WebSocket clients show. */
function refuse(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).header('connection', 'close').type('text/plain; charset=utf-8').serializer(String).send(text);
}
