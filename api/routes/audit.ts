import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AuditAction, AuditEntity, AuditEntry } from '../../src/domain/access/audit.ts';
import { GivenTimestamp, ProjectId } from '../../src/domain/ids.ts';
import { requireReach } from '../access/actors.ts';
import { cursorOf, pageFields, readPage } from '../http/cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { actorOf } from '../plugins/authenticate.ts';
import { PageFields, PageQuery } from '../http/queries.ts';

const AuditQuery = PageQuery.extend({
  projectId: ProjectId.exactOptional(),
  actor: z.string().min(1).max(128).exactOptional(),
  action: AuditAction.exactOptional(),
  entityType: AuditEntity.exactOptional(),
  entityId: z.string().min(1).max(256).exactOptional(),
  since: GivenTimestamp.exactOptional().meta({ description: 'Changes from this moment on.' }),
  until: GivenTimestamp.exactOptional().meta({ description: 'Changes before this moment.' }),
});

const AuditList = z.object({ entries: z.array(AuditEntry), ...PageFields }).meta({ id: 'AuditList' });

const AuditCursor = cursorOf(AuditEntry.shape.id);

/** `/api/audit`: who changed what, and how. */
export const auditRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  app.route({
    method: 'GET',
    config: { scope: 'admin' },
    url: '/audit',
    schema: {
      tags: ['access'],
      operationId: 'listAudit',
      summary: 'Who changed what, the latest first',
      description: 'Every change through this API stands here, written in the transaction that made it. A caller that is bound to projects sees theirs only.',
      querystring: AuditQuery,
      response: { 200: AuditList, ...ErrorReplies },
    },
    handler: async (request) => {
      const { limit: _limit, cursor: _cursor, projectId, ...wanted } = request.query;
      if (projectId !== undefined) requireReach(request, projectId, `project ${projectId}`);
      const reach = projectId === undefined ? actorOf(request).projects : [projectId];
      const filter = { ...wanted, reach: reach === 'all' ? 'all' : reach.join(' ') };
      const page = readPage(request.query, filter, AuditCursor);
      const found = await deps.audit.list({ ...wanted, reach }, page);
      return { entries: [...found.items], ...pageFields(found, { positionOf: ({ id }) => id, limit: page.limit, filter }) };
    },
  });
  done();
};
