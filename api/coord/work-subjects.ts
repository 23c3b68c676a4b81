import { z } from 'zod';
import { AgentGuid, WorkId } from '../../src/domain/ids.ts';
import { Capability } from '../../src/domain/targets/target.ts';
import { IdempotencyKey } from '../../src/domain/work/idempotency-key.ts';
import { WorkStatus, WorkSubmit } from '../../src/domain/work/work-item.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import { cancelWork } from '../operations/cancel-work.ts';
import type { ApiDeps } from '../deps.ts';
import { PARAM_CHARS_MAX, WHOLE_LIST_MAX } from '../limits.ts';
import { parseItem } from '../plugins/validate-request.ts';
import { submitAndLookAhead } from '../operations/submit-work.ts';
import { createWaitEstimates } from '../operations/wait-estimates.ts';
import type { WaitEstimates } from '../operations/wait-estimates.ts';
import { coordSubject, ownOrNone, valueOf } from './coord-subject.ts';
import type { CoordAnswer, CoordCall, CoordSubjects } from './coord-subject.ts';

const Named = z.object({ id: z.string().max(PARAM_CHARS_MAX) });
const Cancel = Named.extend({ reason: z.string().trim().min(1).max(1024).exactOptional() });
const Filter = z.object({ status: WorkStatus.exactOptional(), capability: Capability.exactOptional(), assignedTo: AgentGuid.exactOptional() });

/** `coord.<project>.work.*` */
export const workSubjects: CoordSubjects = (deps) => {
  const waits = createWaitEstimates(deps.routing, () => performance.now());
  return [
    coordSubject('*.work.submit', WorkSubmit, submit(deps, waits)),
    coordSubject('*.work.list', Filter, async (filter, { projectId }) => {
      const { items, hasAfter } = await deps.work.list({ projectId, ...filter }, { limit: WHOLE_LIST_MAX, from: null });
      return { kind: 'list', items, hasMore: hasAfter };
    }),
    coordSubject('*.work.get', Named, async ({ id }, call) => ownOrNone(await find(deps, id), call)),
    coordSubject('*.work.status.*', z.unknown(), async (_payload, call) => ownOrNone(await find(deps, call.tokens[2] ?? ''), call)),
    coordSubject('*.work.cancel', Cancel, cancel(deps)),
  ];
};

/** The subject names the project, whatever the payload says: it is what the broker's permissions are about. */
function submit(deps: ApiDeps, waits: WaitEstimates): CoordAnswer<WorkSubmit> {
  return async (body, { projectId, sent: sentBody, idempotencyKey: key, author, log }) => {
    const idempotencyKey = key === undefined ? undefined : parseItem(IdempotencyKey.shape.key, key, '/headers/idempotency-key');
    const { result } = await submitAndLookAhead(deps, { body: { ...body, projectId }, projectId, sentBody, idempotencyKey, author }, { waits, log });
    return valueOf(result);
  };
}

function cancel(deps: ApiDeps): CoordAnswer<z.infer<typeof Cancel>> {
  return async ({ id, reason = 'cancelled over NATS' }, call) => {
    const item = await find(deps, id);
    if (item === null || !isOwn(item, call)) return valueOf({ success: false, message: `There is no work item ${id.slice(0, 64)}.` });
    const { outcome, message } = await cancelWork(deps, { workId: item.id, reason, author: call.author }, call.log);
    return valueOf({ success: outcome === 'cancelling', message, outcome });
  };
}

/** What is no UUID cannot be the id of a work item. */
async function find({ work }: ApiDeps, id: string): Promise<WorkItem | null> {
  const workId = WorkId.safeParse(id);
  return workId.success ? work.findPlaced(workId.data) : null;
}

function isOwn(item: WorkItem, call: CoordCall): boolean {
  return item.projectId === call.projectId;
}
