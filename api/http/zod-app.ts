import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';

/** An app whose handlers know their requests by the routes' zod schemas. */
export type ZodApp = Parameters<FastifyPluginCallbackZod>[0];
