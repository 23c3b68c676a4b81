import type { FastifyBaseLogger } from 'fastify';
import type { Author } from '../../src/domain/access/actor.ts';
import type { ProjectId } from '../../src/domain/ids.ts';
import type { IdempotencyKey } from '../../src/domain/work/idempotency-key.ts';
import { WorkSubmit } from '../../src/domain/work/work-item.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import type { Offer } from '../../src/ports/ledger/work-ledger.ts';
import { atOnce } from '../at-once.ts';
import type { ApiDeps } from '../deps.ts';
import { toErrorReply } from '../errors.ts';
import { hashOf } from '../http/canonical-json.ts';
import { SUBMIT_WIDTH } from '../limits.ts';
import { parseItem } from '../plugins/validate-request.ts';
import { toNewItem } from './submit-work.ts';
import { tellEngine } from '../engine/tell-engine.ts';

export interface SubmitBatch {
  readonly items: readonly unknown[];
  /** The project of an item that names this one, or none; throws when it does not exist for the caller. */
  readonly projectOf: (named: ProjectId | undefined) => ProjectId;
  readonly author: Author;
  /** Each item has a key made of it, so that a repeat after a crash accepts only what was not accepted. */
  readonly idempotencyKey: string | undefined;
}

type Outcome = { readonly item: WorkItem } | { readonly error: unknown };

interface Candidate {
  readonly index: number;
  readonly offer: Offer;
}

/** Checks each item by itself, accepts the good ones, then starts what the request can wait for; the sweeper starts the rest. */
export async function submitBatch(deps: ApiDeps, batch: SubmitBatch, log: FastifyBaseLogger) {
  const outcomes = new Map<number, Outcome>();
  const good = batch.items.flatMap((value, index): Candidate[] => {
    try {
      const pointer = `/body/items/${String(index)}`;
      const body = parseItem(WorkSubmit, value, pointer);
      const item = toNewItem(body, batch.projectOf(body.projectId));
      return [{ index, offer: { item, key: keyOf(batch, { index, value, projectId: item.projectId }), author: batch.author, pointer } }];
    } catch (error) {
      outcomes.set(index, { error });
      return [];
    }
  });
  await atOnce(good, SUBMIT_WIDTH, async ({ index, offer }) => {
    outcomes.set(index, await deps.work.submit(offer).catch((error: unknown) => ({ error })));
  });
  const items = [...outcomes.values()].flatMap((outcome) => ('item' in outcome ? [outcome.item] : []));
  const starts = items.filter(({ phase }) => phase === 'accepted').map((item) => () => deps.engine.startWork(item));
  await tellEngine(log, 'not all items of a batch were started at once; the sweeper starts them', starts);
  const results = batch.items.map((_, index) => toResult(index, outcomes.get(index) ?? { error: new Error('not tried') }, log));
  return { results, count: items.length, failedCount: results.length - items.length, totalProcessed: results.length };
}

/** Two items of a batch are never the same one, however alike they are. */
function keyOf({ idempotencyKey }: SubmitBatch, { index, value, projectId }: { index: number; value: unknown; projectId: ProjectId }): IdempotencyKey | null {
  return idempotencyKey === undefined ? null : { projectId, key: `${hashOf(idempotencyKey)}:${String(index)}`, bodyHash: hashOf(value) };
}

function toResult(index: number, outcome: Outcome, log: FastifyBaseLogger) {
  if ('item' in outcome) return { index, ok: true as const, workItem: outcome.item };
  const { status, body } = toErrorReply(outcome.error, '');
  if (status === 500) log.error({ err: outcome.error, index }, 'an item of a batch failed');
  const { code, message, details } = body;
  return { index, ok: false as const, error: { code, message, ...(details === undefined ? {} : { details }) } };
}
