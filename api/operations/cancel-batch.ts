import type { Author } from '../../src/domain/access/actor.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { ProjectId, WorkId } from '../../src/domain/ids.ts';
import { failureOf } from '../../src/domain/work/batch-cancel.ts';
import type { BatchCancel, BatchCancelOutcome } from '../../src/domain/work/batch-cancel.ts';
import type { WorkFilter } from '../../src/ports/ledger/work-ledger.ts';
import { eachOf, timeOfBatch, toBatchFields } from './batch.ts';
import type { BatchContext } from './batch.ts';
import { askWorkflow } from './cancel-work.ts';
import { chooseWork, notChosen } from './choose-work.ts';
import type { ApiDeps } from '../deps.ts';
import { tellEngine } from '../engine/tell-engine.ts';

export interface CancelBatch {
  readonly body: BatchCancel;
  /** The project of the filter. */
  readonly projectId: ProjectId;
  /** Whether the project exists for the caller. */
  readonly mayReach: (projectId: ProjectId) => boolean;
  readonly author: Author;
}

interface Done {
  readonly outcome: BatchCancelOutcome;
  /** What the engine is to be told. */
  readonly tell?: () => Promise<unknown>;
}

/** Writes every wish into its row first, then tells the workflows for as long as the request can wait; nothing is lost after that. */
export async function cancelBatch(deps: ApiDeps, batch: CancelBatch, { log, time = timeOfBatch() }: BatchContext) {
  const { body, projectId, mayReach } = batch;
  const filter = body.filter === undefined ? null : toFilter(body.filter, projectId);
  const { ids, chosen, hasMore } = await chooseWork(deps, { given: body.workItemIds, filter, mayReach });
  const done = await eachOf(ids, log, {
    act: async (id): Promise<Done> => {
      if (!chosen.has(id)) return failed(notChosen(id, filter), 'NOT_FOUND');
      return body.reassign ? reassign(deps, id, batch) : cancel(deps, id, batch);
    },
    failed,
    time,
  });
  const calls = done.flatMap(({ tell }) => (tell === undefined ? [] : [tell]));
  await tellEngine(log, { missed: 'not all items of a batch were told to the engine; the reconciler does it', untilMs: time.tellUntilMs }, calls);
  return {
    ...toResult(ids.map((id, index) => ({ id, outcome: done[index]?.outcome ?? { kind: 'failed', message: 'not tried', code: 'INTERNAL' } }))),
    hasMore,
  };
}

function toFilter({ minPriority, ...filter }: NonNullable<BatchCancel['filter']>, projectId: ProjectId): WorkFilter {
  return { projectId, ...filter, ...(minPriority === undefined ? {} : { priorityMin: minPriority }) };
}

async function cancel(deps: ApiDeps, id: WorkId, { body: { reason }, author }: CancelBatch): Promise<Done> {
  const requested = await deps.work.requestCancel(id, reason, author);
  switch (requested.kind) {
    case 'not-found':
      return failed(`There is no work item ${id}.`, 'NOT_FOUND');
    case 'already-settled':
      return { outcome: requested.item.status === 'cancelled' ? { kind: 'cancelled' } : { kind: 'not-cancellable', status: requested.item.status } };
    case 'requested':
      return { outcome: { kind: 'cancelled' }, tell: () => askWorkflow(deps.engine, requested.item, reason) };
  }
}

async function reassign(deps: ApiDeps, id: WorkId, { body: { reason }, author }: CancelBatch): Promise<Done> {
  const asked = await deps.work.requestReassign(id, reason, author);
  switch (asked.kind) {
    case 'not-found':
      return failed(`There is no work item ${id}.`, 'NOT_FOUND');
    case 'already-settled':
      return { outcome: { kind: 'not-cancellable', status: asked.status } };
    case 'cancelling':
      return failed(`Work item ${id} is being cancelled.`, 'CONFLICT');
    case 'not-ours':
      return failed(`Work item ${id} is with agent ${asked.agentGuid}, which Weft did not start and cannot stop.`, 'CONFLICT');
    case 'waits':
      return { outcome: { kind: 'waits' } };
    case 'taken-back':
      return { outcome: { kind: 'reassigned' }, tell: () => deps.engine.stopSession(asked.agentGuid, `its work item is reassigned (${reason})`) };
  }
}

function failed(message: string, code: ErrorCode): Done {
  return { outcome: { kind: 'failed', message, code } };
}

function toResult(results: readonly { readonly id: string; readonly outcome: BatchCancelOutcome }[]) {
  const idsOf = (kind: BatchCancelOutcome['kind']): string[] => results.filter(({ outcome }) => outcome.kind === kind).map(({ id }) => id);
  const now = new Date();
  const fields = toBatchFields(
    results.map(({ id, outcome }) => ({ id, ...failureOf(outcome, id) })),
    now,
  );
  return {
    ...fields,
    cancelledItems: idsOf('cancelled'),
    reassignedItems: idsOf('reassigned'),
    waitingItems: idsOf('waits'),
    notCancellable: idsOf('not-cancellable'),
  };
}
