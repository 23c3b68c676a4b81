import type { Author } from '../../src/domain/access/actor.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { ProjectId, WorkId } from '../../src/domain/ids.ts';
import { judgeRetry, whyNotRetried } from '../../src/domain/work/batch-retry.ts';
import type { BatchRetry } from '../../src/domain/work/batch-retry.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import type { PickedWork, WorkFilter } from '../../src/ports/ledger/work-ledger.ts';
import type { StartableWork } from '../../src/domain/work/startable-work.ts';
import type { ApiDeps } from '../deps.ts';
import { startWork } from '../engine/start-work.ts';
import { tellEngine } from '../engine/tell-engine.ts';
import { eachOf, timeOfBatch, toBatchFields } from './batch.ts';
import type { BatchContext } from './batch.ts';
import { chooseWork, notChosen } from './choose-work.ts';

export interface RetryBatch {
  readonly body: BatchRetry;
  /** The project of the filter. */
  readonly projectId: ProjectId;
  /** Whether the project exists for the caller. */
  readonly mayReach: (projectId: ProjectId) => boolean;
  readonly author: Author;
}

interface Done {
  /** Why it is not driven again. */
  readonly error?: string;
  readonly code?: ErrorCode;
  readonly notRetriable?: true;
  readonly start?: StartableWork;
}

/** Makes every item an accepted one again first, each under its own row's lock, then asks the engine for their runs; what it misses the sweeper starts. */
export async function retryBatch(deps: ApiDeps, { body, projectId, mayReach, author }: RetryBatch, { log, time = timeOfBatch() }: BatchContext) {
  const filter = body.filter === undefined ? null : toFilter(body.filter, projectId);
  const { ids, chosen, hasMore } = await chooseWork(deps, { given: body.workItemIds, filter, mayReach, inTimeFirst: true });
  const done = await eachOf(ids, log, {
    act: async (id): Promise<Done> => {
      const item = chosen.get(id);
      if (item === undefined) return { error: notChosen(id, filter), code: 'NOT_FOUND' };
      return body.dryRun ? foresee(item, body) : retry(deps, id, { ...deadlineOf(body), author });
    },
    failed: (message, code): Done => ({ error: message, code }),
    time,
  });
  const starts = done.flatMap(({ start }) => (start === undefined ? [] : [() => startWork(deps, start, log)]));
  await tellEngine(log, { missed: 'not all items of a batch were started at once; the sweeper starts them', untilMs: time.tellUntilMs }, starts);
  return { ...toResult(ids, done), dryRun: body.dryRun, hasMore };
}

/** Without a status that could be anything else, and never items that have not failed. */
function toFilter({ minPriority, ...filter }: NonNullable<BatchRetry['filter']>, projectId: ProjectId): WorkFilter {
  return { projectId, ...filter, status: 'failed', ...(minPriority === undefined ? {} : { priorityMin: minPriority }) };
}

function deadlineOf({ deadline }: BatchRetry): { deadline?: string | null } {
  return deadline === undefined ? {} : { deadline };
}

function foresee(item: PickedWork, { deadline }: BatchRetry): Done {
  const error = whyNotRetried(judgeRetry(item, { deadline, nowMs: Date.now() }), item);
  return error === undefined ? {} : { error, code: 'CONFLICT', notRetriable: true };
}

async function retry({ work }: ApiDeps, id: WorkId, wish: { deadline?: string | null; author: Author }): Promise<Done> {
  const result = await work.retry(id, wish);
  switch (result.kind) {
    case 'not-found':
      return { error: notChosen(id, null), code: 'NOT_FOUND' };
    case 'retried':
      return { start: toStartable(result.item) };
    case 'not-failed':
    case 'deadline-passed':
      return { error: whyNotRetried(result.kind, result.item) ?? '', code: 'CONFLICT', notRetriable: true };
  }
}

/** Without its text and context: those of a whole batch would be many. */
function toStartable({ description: _description, contextData: _contextData, error: _error, ...rest }: WorkItem): StartableWork {
  return rest;
}

function toResult(ids: readonly string[], done: readonly Done[]) {
  const results = ids.map((id, index) => ({ id, ...done[index] }));
  return {
    ...toBatchFields(
      results.map(({ id, error, code }) => ({ id, ...(error === undefined ? {} : { error }), ...(code === undefined ? {} : { code }) })),
      new Date(),
    ),
    notRetriable: results.filter(({ notRetriable }) => notRetriable === true).map(({ id }) => id),
  };
}
