import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isAllowed } from '../../src/domain/access/actor.ts';
import type { Actor, Scope } from '../../src/domain/access/actor.ts';
import { WeftError } from '../../src/domain/errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the caller must be allowed; a route of `/api` that names none needs `admin`. */
    scope?: Scope;
  }
}

/** Whose token it is. Throws `UNAUTHORIZED` for an unknown one, and for none when tokens are needed. */
export type ActorFinder = (token: string | undefined) => Actor | Promise<Actor>;

/** Who sends a request, and the token that says so; undefined when none was needed. */
export interface Caller {
  readonly actor: Actor;
  readonly token: string | undefined;
}

const callers = new WeakMap<FastifyRequest, Caller>();

/** Who sends this request; known from the first hook on, in every route of `/api`. */
export function actorOf(request: FastifyRequest): Actor {
  return callerOf(request).actor;
}

/** The same with the token, for an answer that goes on for longer than the token may. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new WeftError('UNAUTHORIZED', 'Nobody is known to have sent this request.');
  return caller;
}

/** Says who sends this request. */
export function rememberCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** Every request in this scope is somebody's, before its body is read, and somebody's who may do what the route does. */
export function authenticate(app: FastifyInstance, findActor: ActorFinder): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const token = bearerOf(request);
    const actor = findActor(token);
    // Most are known at once, and a promise for each request would cost more than all else here.
    if (!(actor instanceof Promise)) {
      admit(request, { actor, token });
      done();
      return;
    }
    actor
      .then((found) => {
        admit(request, { actor: found, token });
      })
      .then(() => {
        done();
      }, done);
  });
}

function admit(request: FastifyRequest, caller: Caller): void {
  const { scope = 'admin' } = request.routeOptions.config;
  // An unknown route is told to everybody who is known.
  if (!request.is404 && !isAllowed(caller.actor, scope)) {
    throw new WeftError('FORBIDDEN', `This needs a token with the scope "${scope}".`, { details: { scope } });
  }
  rememberCaller(request, caller);
}

/** The token of the Authorization header; undefined when there is no such header. */
function bearerOf({ headers: { authorization } }: FastifyRequest): string | undefined {
  if (authorization === undefined) return undefined;
  const token = /^bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined) throw new WeftError('UNAUTHORIZED', 'The Authorization header has the wrong format; send "Authorization: Bearer <token>".');
  return token;
}
