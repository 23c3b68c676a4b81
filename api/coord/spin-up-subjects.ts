import { z } from 'zod';
import { SpinUpId } from '../../src/domain/spin-ups/spin-up.ts';
import { foundTarget } from '../access/find-target.ts';
import { PARAM_CHARS_MAX, WHOLE_LIST_MAX } from '../limits.ts';
import { requestSpinUp } from '../operations/request-spin-up.ts';
import { coordSubject, NONE, ownOrNone, valueOf } from './coord-subject.ts';
import type { CoordSubjects } from './coord-subject.ts';
import { within } from './target-subjects.ts';

const Trigger = z.object({ target: z.string().min(1).max(PARAM_CHARS_MAX) });
const Status = z.object({ operationId: z.string().max(PARAM_CHARS_MAX) });

/** `coord.<project>.spin-up.*` */
export const spinUpSubjects: CoordSubjects = (deps) => [
  coordSubject('*.spin-up.trigger', Trigger, async ({ target: idOrName }, { projectId, author, log }) => {
    const { id: target } = foundTarget(await deps.targets.find(within(projectId, idOrName)), idOrName);
    return valueOf(await requestSpinUp(deps, { target, projectId, author }, log));
  }),
  coordSubject('*.spin-up.status', Status, async ({ operationId }, call) => {
    const id = SpinUpId.safeParse(operationId);
    return id.success ? ownOrNone(await deps.spinUps.find(id.data), call) : NONE;
  }),
  coordSubject('*.spin-up.list', z.object({}), async (_payload, { projectId }) => {
    const { items, hasAfter } = await deps.spinUps.list({ projectId }, { limit: WHOLE_LIST_MAX, from: null });
    return { kind: 'list', items, hasMore: hasAfter };
  }),
];
