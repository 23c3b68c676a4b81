import type { FastifyInstance } from 'fastify';
import { HANDLER_TIMEOUT_MS } from '../limits.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The handler waits for one statement of the ledger only, which has a limit of its own. */
    boundedByLedger?: boolean;
  }
}

/** No handler takes longer than its limit. That costs each request a timer and a listener, which where many ask is much of the whole. */
export function boundHandlers(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.boundedByLedger !== true) route.handlerTimeout = HANDLER_TIMEOUT_MS;
  });
}
