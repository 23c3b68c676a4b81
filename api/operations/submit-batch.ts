import type { FastifyBaseLogger } from 'fastify';
import type { Author } from '../../src/domain/access/actor.ts';
import { errorCodeOf, ERRORS, WeftError } from '../../src/domain/errors.ts';
import type { ProjectId } from '../../src/domain/ids.ts';
import { DEPENDENCIES_MAX } from '../../src/domain/work/dependencies.ts';
import type { IdempotencyKey } from '../../src/domain/work/idempotency-key.ts';
import { orderBatch, splitReferences } from '../../src/domain/work/order-batch.ts';
import { WorkSubmit } from '../../src/domain/work/work-item.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import type { Offer } from '../../src/ports/ledger/work-ledger.ts';
import { atOnce } from '../at-once.ts';
import type { ApiDeps } from '../deps.ts';
import { badRequest, toErrorReply } from '../errors.ts';
import { hashOf } from '../http/canonical-json.ts';
import { SUBMIT_WIDTH } from '../limits.ts';
import { parseItem } from '../plugins/validate-request.ts';
import { outOfTime, timeOfBatch } from './batch.ts';
import type { BatchContext } from './batch.ts';
import { isToStart, toNewItem } from './submit-work.ts';
import { startWork } from '../engine/start-work.ts';
import { tellEngine } from '../engine/tell-engine.ts';
import { wakeCoordinator } from '../engine/wake-coordinator.ts';

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
  readonly onDependencyFailure: WorkSubmit['onDependencyFailure'];
}

/**
 * Checks each item by itself, accepts the good ones, each after those of the batch that it depends on, then starts what the
 * request can wait for; the sweeper starts the rest.
 */
export async function submitBatch(deps: ApiDeps, batch: SubmitBatch, { log, time = timeOfBatch() }: BatchContext) {
  const outcomes = new Map<number, Outcome>();
  const sent = batch.items.map((value, index) => ({ index, value, ...splitReferences(value) }));
  const { waves, dependencies, problems } = orderBatch(sent);
  for (const [index, message] of problems) outcomes.set(index, { error: badDependency(index, message) });
  const candidates = new Map(sent.filter(({ index }) => !problems.has(index)).map((entry) => [entry.index, toCandidate(batch, entry, outcomes)]));
  for (const wave of waves) {
    const good = wave.flatMap((index) => withDependencies(candidates.get(index) ?? null, dependencies.get(index) ?? [], outcomes) ?? []);
    await atOnce(good, SUBMIT_WIDTH, async ({ index, offer }) => {
      outcomes.set(index, time.mayWrite() ? await deps.work.submit(offer).catch((error: unknown) => ({ error })) : { error: outOfTime() });
    });
  }
  const items = [...outcomes.values()].flatMap((outcome) => ('item' in outcome ? [outcome.item] : []));
  const starts = items.filter(isToStart).map((item) => () => startWork(deps, item, log));
  const told = await tellEngine(log, { missed: 'not all items of a batch were started at once; the sweeper starts them', untilMs: time.tellUntilMs }, starts);
  if (told > 0) void wakeCoordinator(deps, log);
  const results = batch.items.map((_, index) => toResult(index, outcomes.get(index) ?? { error: new Error('not tried') }, log));
  return { results, count: items.length, failedCount: results.length - items.length, totalProcessed: results.length };
}

interface Sent extends ReturnType<typeof splitReferences> {
  readonly index: number;
  readonly value: unknown;
}

/** Null = it is refused for itself. */
function toCandidate(batch: SubmitBatch, { index, value, body, references }: Sent, outcomes: Map<number, Outcome>): Candidate | null {
  try {
    const pointer = `/body/items/${String(index)}`;
    const parsed = parseItem(WorkSubmit, body, pointer);
    if ((parsed.dependsOn?.length ?? 0) + references.length > DEPENDENCIES_MAX)
      throw badDependency(index, `it depends on more than ${String(DEPENDENCIES_MAX)} items`);
    const item = toNewItem(parsed, batch.projectOf(parsed.projectId));
    return {
      index,
      offer: { item, key: keyOf(batch, { index, value, projectId: item.projectId }), author: batch.author, pointer },
      onDependencyFailure: parsed.onDependencyFailure,
    };
  } catch (error) {
    outcomes.set(index, { error });
    return null;
  }
}

/** With the ids of those of the batch that it depends on, which have been taken in by now, in this request or an earlier one; null = it is refused. */
function withDependencies(candidate: Candidate | null, indexes: readonly number[], outcomes: Map<number, Outcome>): Candidate | null {
  if (candidate === null || indexes.length === 0) return candidate;
  const { index, offer, onDependencyFailure } = candidate;
  const ids: string[] = [];
  for (const other of indexes) {
    const outcome = outcomes.get(other);
    if (outcome === undefined || 'error' in outcome) {
      outcomes.set(index, { error: refusedWith(index, other, outcome?.error) });
      return null;
    }
    ids.push(outcome.item.id);
  }
  const dependsOn = [...new Set([...(offer.item.dependsOn ?? []), ...ids])];
  return { ...candidate, offer: { ...offer, item: { ...offer.item, dependsOn, onDependencyFailure } } };
}

/** What may succeed later keeps its code, so that the batch is known to be worth repeating. */
function refusedWith(index: number, other: number, error: unknown): WeftError {
  const code = errorCodeOf(error);
  const message = `item ${String(other)} of the batch, which it depends on, was not accepted`;
  return code !== undefined && ERRORS[code].retryable ? new WeftError(code, `Not tried: ${message}.`) : badDependency(index, message);
}

function badDependency(index: number, message: string): WeftError {
  return badRequest([{ field: `/body/items/${String(index)}/dependsOn`, message, code: 'invalid_value' }]);
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
