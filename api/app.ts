import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import fastify, { LogController } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from './deps.ts';
import { AccessWatch } from './access/access-watch.ts';
import { createActorFinder } from './access/find-actor.ts';
import { OpenStreams, STREAM_LIMITS } from './streams/event-stream.ts';
import {
  BODY_BYTES_MAX,
  CONNECTION_TIMEOUT_MS,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  PARAM_CHARS_MAX,
  REQUEST_TIMEOUT_MS,
  SLOW_REQUESTS_LOOK_MS,
} from './limits.ts';
import { authenticate } from './plugins/authenticate.ts';
import type { ActorFinder } from './plugins/authenticate.ts';
import { serialiserOf } from './http/serialise-replies.ts';
import { boundHandlers } from './plugins/bound-handlers.ts';
import { answerErrors, answerFrameworkError, answerUnknownRoute } from './plugins/error-replies.ts';
import { allowOrigins } from './plugins/cors.ts';
import { joinRepeats } from './plugins/idempotency.ts';
import { acceptJson } from './plugins/json-body.ts';
import { refuseForeignPages } from './plugins/loopback-guard.ts';
import { describeRoutes } from './plugins/openapi.ts';
import { traceRequests } from './plugins/request-trace.ts';
import { answerUnreadable } from './plugins/unreadable-requests.ts';
import { validateRequests } from './plugins/validate-request.ts';
import { auditRoutes } from './routes/audit.ts';
import { docsRoutes } from './routes/docs.ts';
import { agentShutdownRoutes } from './routes/agent-shutdown.ts';
import { agentRoutes } from './routes/agents.ts';
import { deploymentActionRoutes } from './routes/deployment-actions.ts';
import { deploymentEventsRoutes } from './routes/deployment-events.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { eventRoutes } from './routes/events.ts';
import { channelRoutes } from './routes/channels.ts';
import { healthRoutes } from './routes/health.ts';
import { openApiRoute } from './routes/openapi.ts';
import { holdRoutes } from './routes/holds.ts';
import { hostRoutes } from './routes/hosts.ts';
import { projectRoutes } from './routes/projects.ts';
import { spinUpRoutes } from './routes/spin-ups.ts';
import { statsRoutes } from './routes/stats.ts';
import { targetActionRoutes } from './routes/target-actions.ts';
import { targetRoutes } from './routes/targets.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { workRoutes } from './routes/work.ts';
import { createStatsReader } from './operations/stats.ts';
import type { StatsReader } from './operations/stats.ts';
import { ClientSet } from './websocket/client-set.ts';
import { WEBSOCKET_LIMITS } from './websocket/limits.ts';
import { serveWebSocket } from './websocket/serve-websocket.ts';

/** Builds the HTTP side; does not listen. Closing it does not close what it was given. */
export function buildApp(deps: ApiDeps): FastifyInstance {
  const app = fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: SLOW_REQUESTS_LOOK_MS },
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: PARAM_CHARS_MAX },
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerUnreadable,
  });
  app.setSerializerCompiler(serialiserOf);
  acceptJson(app);
  boundHandlers(app);
  answerErrors(app, deps.config.showStacks);
  traceRequests(app);
  if (deps.config.tokens.length === 0) refuseForeignPages(app, deps.config.corsOrigins);
  allowOrigins(app, deps.config.corsOrigins);
  validateRequests(app);
  const findActor = createActorFinder({ operatorTokens: deps.config.tokens, tokens: deps.tokens, nowMs: Date.now });
  const readStats = createStatsReader(deps);
  const access = openAccessWatch(app, deps, findActor);
  const streams = openStreams(app, deps, access);
  describeRoutes(app);
  const clients = openWebSocket(app, { ...deps, readStats, access }, findActor);
  app.register(healthRoutes, { ...deps, clients });
  app.register(openApiRoute);
  app.register(docsRoutes);
  app.register(
    (api, _options, done) => {
      authenticate(api, findActor);
      joinRepeats(api, deps.idempotency);
      api.setNotFoundHandler(answerUnknownRoute);
      api.register(spinUpRoutes, deps);
      api.register(workRoutes, { ...deps, streams });
      api.register(eventRoutes, { ...deps, streams });
      api.register(targetRoutes, deps);
      api.register(deploymentRoutes, deps);
      api.register(deploymentActionRoutes, deps);
      api.register(deploymentEventsRoutes, { ...deps, streams });
      api.register(agentRoutes, deps);
      api.register(agentShutdownRoutes, deps);
      api.register(channelRoutes, deps);
      api.register(projectRoutes, deps);
      api.register(holdRoutes, deps);
      api.register(hostRoutes, deps);
      api.register(statsRoutes, { ...deps, readStats });
      api.register(tokenRoutes, deps);
      api.register(auditRoutes, deps);
      api.register(targetActionRoutes, deps);
      done();
    },
    { prefix: '/api' },
  );
  return app;
}

/** One for everything that stays open. */
function openAccessWatch(app: FastifyInstance, { logger }: ApiDeps, findActor: ActorFinder): AccessWatch {
  const access = new AccessWatch({ findActor, logger });
  app.addHook('preClose', (done) => {
    access.close();
    done();
  });
  return access;
}

function openWebSocket(app: FastifyInstance, deps: ApiDeps & { readStats: StatsReader; access: AccessWatch }, findActor: ActorFinder): ClientSet {
  const { feed, readStats, access, logger, config } = deps;
  const limits = { ...WEBSOCKET_LIMITS, ...config.websocket };
  const clients = new ClientSet({ feed, readStats, access, logger, limits, defaultProjectId: config.projectId });
  serveWebSocket(app, { clients, findActor, limits, refusePages: config.tokens.length === 0, allowedOrigins: config.corsOrigins });
  return clients;
}

function openStreams(app: FastifyInstance, { config }: ApiDeps, access: AccessWatch): OpenStreams {
  const streams = new OpenStreams({ ...STREAM_LIMITS, ...config.streams }, access);
  app.addHook('preClose', (done) => {
    streams.endAll();
    done();
  });
  return streams;
}

const FOREIGN_REQUEST_ID = /^[\w.:-]{1,64}$/;

// A caller's own id joins its log with ours; anything odd is replaced, because it enters logs.
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && FOREIGN_REQUEST_ID.test(given) ? given : randomUUID();
}
