import { z } from 'zod';
import { AgentGuid, GivenTimestamp, WorkId } from '../../src/domain/ids.ts';
import { Boundary, Capability } from '../../src/domain/targets/target.ts';
import { DeadLetterClass } from '../../src/domain/work/outcome.ts';
import { Priority, WorkItem, WorkStatus } from '../../src/domain/work/work-item.ts';
import type { WorkFilter } from '../../src/ports/ledger/work-ledger.ts';
import { chosenProject } from '../access/actors.ts';
import { cursorOf, pageFields, readPage } from '../http/cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { WHOLE_LIST_MAX } from '../limits.ts';
import { digits, ListQuery, PageFields } from '../http/queries.ts';
import type { ZodApp } from '../http/zod-app.ts';

const WorkList = z.object({ workItems: z.array(WorkItem), ...PageFields }).meta({ id: 'WorkList' });

const WorkListQuery = ListQuery.extend({
  status: WorkStatus.exactOptional(),
  failureClass: DeadLetterClass.exactOptional().meta({ description: 'Failed for good, with this class (`error.code`).' }),
  boundary: Boundary.exactOptional(),
  classification: Boundary.exactOptional().meta({ deprecated: true, description: 'The older name of `boundary`, which wins.' }),
  capability: Capability.exactOptional(),
  submitter: z.string().min(1).max(128).exactOptional(),
  taskId: z.string().trim().min(1).max(256).exactOptional(),
  assignedTo: AgentGuid.exactOptional(),
  waitsFor: z.enum(['person']).exactOptional().meta({ description: 'Only those that wait for a person: for an answer to a question, or to be approved.' }),
  priority: digits(Priority).exactOptional().meta({ description: 'At least this priority.' }),
  q: z.string().trim().min(1).max(256).exactOptional().meta({ description: 'Stands in the task id or the beginning of the description, in capitals or not.' }),
  offeredAfter: GivenTimestamp.exactOptional().meta({ description: 'Offered at this moment or later.' }),
  offeredBefore: GivenTimestamp.exactOptional(),
  updatedAfter: GivenTimestamp.exactOptional().meta({ description: 'Last changed at this moment or later.' }),
  updatedBefore: GivenTimestamp.exactOptional(),
});

const WorkPosition = z.object({ priority: Priority, offeredAt: GivenTimestamp, id: WorkId });
const WorkCursor = cursorOf(WorkPosition);

export function listRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/work',
    schema: {
      tags: ['work'],
      operationId: 'listWork',
      summary: 'List work items, the most urgent first',
      description:
        `All filters that are given must hold. Without \`limit\` and \`cursor\` up to ${String(WHOLE_LIST_MAX)} items come at once. ` +
        'A page of heavy items may end before its limit; `hasMore` says whether the list goes on.',
      querystring: WorkListQuery,
      response: { 200: WorkList, ...ErrorReplies },
    },
    handler: async (request, reply) => {
      const { query } = request;
      if (query.boundary === undefined && query.classification !== undefined) {
        void reply.header('x-deprecated-param', 'classification (use boundary instead)');
      }
      const filter = toFilter(query, chosenProject(request, query.projectId, deps.config.projectId));
      const page = readPage(query, toTexts(filter), WorkCursor);
      const found = await deps.work.list(filter, page);
      return { workItems: [...found.items], ...pageFields(found, { positionOf, limit: page.limit, filter: toTexts(filter) }) };
    },
  });
}

function toFilter(query: z.infer<typeof WorkListQuery>, projectId: string): WorkFilter {
  const { boundary = query.classification, priority: priorityMin, q: text } = query;
  const { status, failureClass, capability, submitter, taskId, assignedTo, waitsFor, offeredAfter, offeredBefore, updatedAfter, updatedBefore } = query;
  const asked = {
    status,
    failureClass,
    boundary,
    capability,
    submitter,
    taskId,
    assignedTo,
    waitsFor,
    priorityMin,
    text,
    offeredAfter,
    offeredBefore,
    updatedAfter,
    updatedBefore,
  };
  return { projectId, ...withoutAbsent(asked) };
}

function withoutAbsent<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> }; // filtered
}

/** For the cursors, which name the filters that they belong to. */
function toTexts(filter: WorkFilter): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(filter).map(([key, value]) => [key, String(value)]));
}

function positionOf({ priority, offeredAt, id }: WorkItem): z.infer<typeof WorkPosition> {
  return { priority, offeredAt, id };
}
