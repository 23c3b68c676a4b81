import type { FastifyBaseLogger } from 'fastify';
import type { Author } from '../../src/domain/access/actor.ts';
import { hasErrorCode } from '../../src/domain/errors.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { ProjectId } from '../../src/domain/ids.ts';
import type { NewWorkItem } from '../../src/domain/work/normalise-submit.ts';
import { WorkSubmit } from '../../src/domain/work/work-item.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import { atOnce } from '../at-once.ts';
import type { ApiDeps } from '../deps.ts';
import { toErrorReply } from '../errors.ts';
import { BATCH_CHUNK, BATCH_WIDTH } from '../limits.ts';
import { parseItem } from '../plugins/validate-request.ts';
import { toNewItem } from './submit-work.ts';
import { tellEngine } from '../engine/tell-engine.ts';

export interface SubmitBatch {
  readonly items: readonly unknown[];
  /** The project of an item that names this one, or none; throws when it does not exist for the caller. */
  readonly projectOf: (named: ProjectId | undefined) => ProjectId;
  readonly author: Author;
}

type Outcome = { readonly item: WorkItem } | { readonly error: unknown };

interface Candidate {
  readonly index: number;
  readonly item: NewWorkItem;
}

/** Checks each item by itself, accepts the good ones in small transactions, then starts what the request can wait for; the sweeper starts the rest. */
export async function submitBatch(deps: ApiDeps, batch: SubmitBatch, log: FastifyBaseLogger) {
  const outcomes = new Map<number, Outcome>();
  const good = batch.items.flatMap((value, index): Candidate[] => {
    try {
      const body = parseItem(WorkSubmit, value, `/body/items/${String(index)}`);
      return [{ index, item: toNewItem(body, batch.projectOf(body.projectId)) }];
    } catch (error) {
      outcomes.set(index, { error });
      return [];
    }
  });
  await atOnce(chunksOf(good), BATCH_WIDTH, async (chunk) => {
    const accepted = await accept(deps, chunk, batch.author);
    for (const [place, { index }] of chunk.entries()) outcomes.set(index, accepted[place] ?? { error: new Error('not written') });
  });
  const items = [...outcomes.values()].flatMap((outcome) => ('item' in outcome ? [outcome.item] : []));
  const starts = items.map((item) => () => deps.engine.startWork(item));
  await tellEngine(log, 'not all items of a batch were started at once; the sweeper starts them', starts);
  const results = batch.items.map((_, index) => toResult(index, outcomes.get(index) ?? { error: new Error('not tried') }, log));
  return { results, count: items.length, failedCount: results.length - items.length, totalProcessed: results.length };
}

/** Together; when that fails for what may be the fault of one, each by itself. */
async function accept({ work }: ApiDeps, chunk: readonly Candidate[], author: Author): Promise<readonly Outcome[]> {
  try {
    const items = await work.submitMany(
      chunk.map(({ item }) => item),
      author,
    );
    return items.map((item) => ({ item }));
  } catch (error) {
    if (OF_ALL.some((code) => hasErrorCode(error, code))) return chunk.map(() => ({ error }));
  }
  return atOnce(chunk, 1, async ({ item }): Promise<Outcome> => {
    try {
      return { item: (await work.submit(item, null, author)).item };
    } catch (error) {
      return { error };
    }
  });
}

/** The ledger's own trouble. After a commit that nobody knows of, trying again could accept everything twice. */
const OF_ALL: readonly ErrorCode[] = ['LEDGER_UNAVAILABLE', 'COMMIT_UNKNOWN'];

function toResult(index: number, outcome: Outcome, log: FastifyBaseLogger) {
  if ('item' in outcome) return { index, ok: true as const, workItem: outcome.item };
  const { status, body } = toErrorReply(outcome.error, '');
  if (status === 500) log.error({ err: outcome.error, index }, 'an item of a batch failed');
  const { code, message, details } = body;
  return { index, ok: false as const, error: { code, message, ...(details === undefined ? {} : { details }) } };
}

function chunksOf(candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
  return Array.from({ length: Math.ceil(candidates.length / BATCH_CHUNK) }, (_, n) => candidates.slice(n * BATCH_CHUNK, (n + 1) * BATCH_CHUNK));
}
