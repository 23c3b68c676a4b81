import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { VERSION } from '../../src/domain/version.ts';
import { withIdempotencyKey } from '../openapi/idempotency.ts';
import { EVENT_WEBHOOK } from '../websocket/frames.ts';
import { refineDocument } from '../openapi/document.ts';

const TAGS = [
  { name: 'work', description: 'Units of work for agents.' },
  { name: 'targets', description: 'Places where agents can be started.' },
  { name: 'hosts', description: 'Machines whose workers start agents.' },
  { name: 'spin-ups', description: 'Starts of agents without a work item, and what became of them.' },
  { name: 'deployments', description: 'Agents that are kept running, so many on these targets.' },
  { name: 'agents', description: 'Live workers, whoever started them.' },
  { name: 'events', description: 'What happens, in order, now and later.' },
  { name: 'stats', description: 'How much there is of everything.' },
  { name: 'channels', description: 'What agents tell each other.' },
  { name: 'projects', description: 'Quotas and rules of projects.' },
  { name: 'access', description: 'Who may do what, and who did what.' },
  { name: 'health', description: 'For probes.' },
];

const transform = createJsonSchemaTransform({});
const transformObject = createJsonSchemaTransformObject({});

/** Collects the routes' schemas into an OpenAPI 3.1 document; must come before the routes. */
export function describeRoutes(app: FastifyInstance): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Weft API',
        version: VERSION,
        description: 'Submit work for AI coding agents, watch it, cancel it, and say where agents can be started.',
      },
      tags: TAGS,
      webhooks: EVENT_WEBHOOK,
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'Needed when API tokens are configured.' } } },
      security: [{ bearer: [] }, {}],
    },
    transform: (input) => {
      const { schema, url } = transform(input);
      return { schema: withIdempotencyKey(withScope(schema, input.route), input.route), url };
    },
    transformObject: (document) => refineDocument(transformObject(document)),
  });
}

/** What the caller's token must allow is part of the description; routes that are open to everybody say so by an empty `security`. */
function withScope(schema: FastifySchema, { config }: RouteOptions): FastifySchema {
  if (schema.security?.length === 0) return schema;
  const needed = { 'x-required-scope': config?.scope ?? 'admin' };
  return { ...schema, ...needed };
}
