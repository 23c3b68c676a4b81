import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Timestamp } from '../../src/domain/ids.ts';
import type { ApiDeps } from '../deps.ts';
import type { ClientSet } from '../websocket/client-set.ts';
import { ErrorBody } from '../errors.ts';
import { PING_WAIT_MS } from '../limits.ts';
import { waitAtMost } from '../wait-at-most.ts';

const Alive = z
  .object({
    status: z.literal('ok'),
    timestamp: Timestamp,
    documentation: z.string(),
    websocket: z.object({ connections: z.int().min(0), status: z.literal('ok') }),
  })
  .meta({ id: 'Health' });

const DependencyStatus = z.enum(['up', 'away']);
const Readiness = z
  .object({
    status: z.enum(['ok', 'degraded', 'unavailable']).meta({
      description: 'degraded: Temporal or NATS is away; work is accepted and waits. unavailable: PostgreSQL is away; nothing is accepted.',
    }),
    timestamp: Timestamp,
    dependencies: z.object({ postgres: DependencyStatus, temporal: DependencyStatus, nats: DependencyStatus }),
  })
  .meta({ id: 'Readiness' });

const tags = ['health'];
// Open to probes, which carry no token.
const security: [] = [];

type HealthDeps = ApiDeps & { readonly clients: Pick<ClientSet, 'size'> };

/** `/health` and `/health/live`: the process answers. `/health/ready`: it can take work. */
export const healthRoutes: FastifyPluginCallbackZod<HealthDeps> = (app, deps, done) => {
  for (const url of ['/health', '/health/live']) {
    app.route({
      method: 'GET',
      url,
      schema: {
        tags,
        security,
        operationId: url === '/health' ? 'getHealth' : 'getLiveness',
        summary: 'The process answers',
        response: { 200: Alive, '4xx': ErrorBody },
      },
      handler: () => ({
        status: 'ok' as const,
        timestamp: new Date().toISOString(),
        documentation: '/api/docs',
        websocket: { connections: deps.clients.size, status: 'ok' as const },
      }),
    });
  }

  app.route({
    method: 'GET',
    url: '/health/ready',
    schema: { tags, security, operationId: 'getReadiness', summary: 'Work can be taken', response: { 200: Readiness, 503: Readiness, '4xx': ErrorBody } },
    handler: async (_request, reply) => {
      const [postgres, temporal, nats] = await Promise.all([answers(deps.work.ping), answers(deps.engine.ping), answers(deps.bus.ping)]);
      const status = !postgres ? 'unavailable' : temporal && nats ? 'ok' : 'degraded';
      return reply.code(postgres ? 200 : 503).send({
        status,
        timestamp: new Date().toISOString(),
        dependencies: { postgres: word(postgres), temporal: word(temporal), nats: word(nats) },
      });
    },
  });

  done();
};

async function answers(ping: () => Promise<boolean>): Promise<boolean> {
  try {
    return (await waitAtMost(PING_WAIT_MS, ping())) === true;
  } catch {
    return false; // whatever the reason is, it does not answer
  }
}

function word(up: boolean): 'up' | 'away' {
  return up ? 'up' : 'away';
}
