import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import type { ApiDeps } from '../deps.ts';
import { submitBatchRoute } from './work-batch.ts';
import type { StreamDeps } from '../streams/stream-events.ts';
import { approvalRoutes } from './work-approval.ts';
import { answerRoute } from './work-answer.ts';
import { cancelRoutes } from './work-cancel.ts';
import { workAttemptsRoute } from './work-attempts.ts';
import { workDecisionRoute } from './work-decision.ts';
import { workEventsRoute } from './work-events.ts';
import { itemRoutes } from './work-item.ts';
import { listRoute } from './work-list.ts';
import { workLogsRoute } from './work-logs.ts';
import { retryRoutes } from './work-retry.ts';
import { submitRoutes } from './work-submit.ts';

/** `/api/work`: submit, list, look at, change, cancel and drive again work items. */
export const workRoutes: FastifyPluginCallbackZod<ApiDeps & StreamDeps> = (app, deps, done) => {
  submitRoutes(app, deps);
  submitBatchRoute(app, deps);
  listRoute(app, deps);
  itemRoutes(app, deps);
  workAttemptsRoute(app, deps);
  workDecisionRoute(app, deps);
  workEventsRoute(app, deps);
  workLogsRoute(app, deps);
  answerRoute(app, deps);
  approvalRoutes(app, deps);
  cancelRoutes(app, deps);
  retryRoutes(app, deps);
  done();
};
