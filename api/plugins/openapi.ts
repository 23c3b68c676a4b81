import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { refineDocument } from '../openapi-document.ts';

/** Version of the API's description; equal to that of the package (a test compares them). */
export const API_VERSION = '0.1.0';

const transformObject = createJsonSchemaTransformObject({});

/** Collects the routes' schemas into an OpenAPI 3.1 document; must come before the routes. */
export function describeRoutes(app: FastifyInstance): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Weft API',
        version: API_VERSION,
        description: 'Submit work for AI coding agents, watch it, cancel it, and say where agents can be started.',
      },
      tags: [
        { name: 'work', description: 'Units of work for agents.' },
        { name: 'targets', description: 'Places where agents can be started.' },
        { name: 'health', description: 'For probes.' },
      ],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'Needed when API tokens are configured.' } } },
      security: [{ bearer: [] }, {}],
    },
    transform: createJsonSchemaTransform({}),
    transformObject: (document) => refineDocument(transformObject(document)),
  });
}
