import { sql } from 'kysely';
import { hasErrorCode, WeftError } from '../../domain/errors.ts';
import type { WorkId } from '../../domain/ids.ts';
import { effectivePolicy } from '../../domain/policy/project-policy.ts';
import type { OwnPolicy, ProjectPolicy } from '../../domain/policy/project-policy.ts';
import { classify } from '../../domain/work/classify.ts';
import type { Classification } from '../../domain/work/classify.ts';
import { whyNotBefore, whyNoTimeLeft } from '../../domain/work/check-times.ts';
import type { IdempotencyKey } from '../../domain/work/idempotency-key.ts';
import type { NewWorkItem } from '../../domain/work/normalise-submit.ts';
import type { Offer, SubmitResult } from '../../ports/ledger/work-ledger.ts';
import { queuedData, WAITS_FOR_SLOT } from './admit.ts';
import { batched } from './batch.ts';
import type { Database, Db, Tx } from './database.ts';
import { missingIn } from './dependencies.ts';
import { needsKeyOf } from './enqueue.ts';
import { createInsert } from './insert-offers.ts';
import type { Insert, QueuePlace } from './insert-offers.ts';
import type { LedgerContext } from './ledger-context.ts';
import { readPolicies } from './read-policies.ts';
import { toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';

const OFFERS_MAX = 32;

type Outcome = { readonly result: SubmitResult } | { readonly error: unknown };

type Context = Pick<LedgerContext, 'database' | 'defaultPolicy'> & { readonly insert: Insert };

/** Takes offers in; those of the same moment share a transaction. */
export function createSubmit(given: Pick<LedgerContext, 'database' | 'defaultPolicy'>): (offer: Offer) => Promise<SubmitResult> {
  const context: Context = { ...given, insert: createInsert() };
  const submit = batched((offers: readonly Offer[]) => outcomesOf(context, offers), OFFERS_MAX);
  return async (offer) => {
    const outcome = await submit(offer).catch((error: unknown) => ({ error }));
    if (outcome === null) throw new WeftError('INTERNAL', `Work item ${offer.item.id} was neither written nor found.`);
    if ('error' in outcome) throw withId(outcome.error, offer.item.id);
    return outcome.result;
  };
}

/** Together; when that fails for what may be the fault of one, each by itself. */
async function outcomesOf(context: Context, offers: readonly Offer[]): Promise<ReadonlyMap<Offer, Outcome>> {
  try {
    return await submitAll(context, offers);
  } catch (error) {
    // After a commit that nobody knows of, trying again could accept everything twice.
    if (offers.length === 1 || hasErrorCode(error, 'LEDGER_UNAVAILABLE') || hasErrorCode(error, 'COMMIT_UNKNOWN')) throw error;
  }
  const outcomes = new Map<Offer, Outcome>();
  for (const offer of offers) {
    const own = await submitAll(context, [offer]).catch((error: unknown) => new Map([[offer, { error }]]));
    for (const [key, outcome] of own) outcomes.set(key, outcome);
  }
  return outcomes;
}

/** One transaction: the projects, the keys, the rows, their places in the queue, their first events and the audit. An offer whose key was used before writes nothing. */
async function submitAll({ database, defaultPolicy, insert }: Context, offers: readonly Offer[]): Promise<ReadonlyMap<Offer, Outcome>> {
  const nowMs = Date.now();
  // One that was taken in earlier under the same key is found all the same.
  const inTime = offers.filter(({ item }) => whyNoTimeLeft(item, nowMs) === null);
  const accepted = inTime.length === 0 ? new Map<WorkId, SubmitResult>() : await database.transact((tx) => accept(tx, inTime, { defaultPolicy, insert }));
  const outcomes = new Map<Offer, Outcome>();
  for (const offer of offers) {
    const result = accepted.get(offer.item.id);
    outcomes.set(offer, result === undefined ? await joinEarlier(database, offer, defaultPolicy) : { result });
  }
  return outcomes;
}

/** Those that are new, by id. */
async function accept(tx: Tx, offers: readonly Offer[], { defaultPolicy, insert }: Omit<Context, 'database'>): Promise<ReadonlyMap<WorkId, SubmitResult>> {
  const policies = await readPolicies(tx, [...new Set(offers.map(({ item }) => item.projectId))], defaultPolicy);
  const classified = new Map(offers.map(({ item }) => [item.id, classify(item, policies.get(item.projectId) ?? defaultPolicy)]));
  const nowMs = Date.now();
  const rows = await insert(
    tx,
    offers.map((offer) => ({ offer, place: placeOf(offer.item, classified.get(offer.item.id), nowMs) })),
  );
  return new Map(
    rows.flatMap((row) => {
      const classification = classified.get(row.id);
      return classification === undefined ? [] : [[row.id, { kind: 'accepted', item: toWorkItem(row), classification }]];
    }),
  );
}

/** Null for one that waits for others, or that nothing may take: its workflow sees to that. */
function placeOf(item: NewWorkItem, classification: Classification | undefined, nowMs: number): QueuePlace | null {
  if (classification?.kind !== 'eligible' || item.dependsOn !== undefined) return null;
  const waits = whyNotBefore(item.notBefore === undefined ? null : Date.parse(item.notBefore), nowMs);
  const { rule, needs } = classification;
  return { needsKey: needsKeyOf(item), reason: waits ?? WAITS_FOR_SLOT, data: queuedData(item, { rule, needs, waits }) };
}

function withId(error: unknown, workId: WorkId): unknown {
  if (!hasErrorCode(error, 'COMMIT_UNKNOWN')) return error;
  return new WeftError('COMMIT_UNKNOWN', `The connection to PostgreSQL broke while work item ${workId} was committed; look it up before submitting again.`, {
    details: { workId },
    cause: error,
  });
}

/** What was submitted before with the same key, or why it is not the same, or why it cannot be taken in. */
async function joinEarlier(database: Database, offer: Offer, defaultPolicy: ProjectPolicy): Promise<Outcome> {
  const { key } = offer;
  const row = key === null ? undefined : await database.read((db) => findByKey(db, key));
  if (row === undefined) return { error: await refusalOf(database, offer) };
  if (row.body_hash === key?.bodyHash) {
    const item = toWorkItem(row);
    return { result: { kind: 'joined', item, classification: classify(item, effectivePolicy(row.policy, defaultPolicy)) } };
  }
  const message = `The Idempotency-Key was used before, with another body, for work item ${row.id}.`;
  return { error: new WeftError('IDEMPOTENCY_MISMATCH', message, { details: { workId: row.id } }) };
}

async function refusalOf(database: Database, { item, key, pointer = '/body' }: Offer): Promise<WeftError> {
  const late = whyNoTimeLeft(item, Date.now());
  if (late !== null) return notValid([{ field: `${pointer}/deadline`, message: late }]);
  const missing = await database.read((db) => missingIn(db, item.projectId, item.dependsOn ?? []));
  if (missing.length > 0) return notValid(missing.map((id) => ({ field: `${pointer}/dependsOn`, message: `the project has no work item ${id}` })));
  if (key !== null && (await database.read((db) => isOfOtherRequest(db, key)))) {
    return new WeftError('IDEMPOTENCY_MISMATCH', `The Idempotency-Key ${key.key} was used before, for another request.`);
  }
  return new WeftError('INTERNAL', `Work item ${item.id} was neither written nor found.`);
}

async function isOfOtherRequest(db: Db, { caller, key }: IdempotencyKey): Promise<boolean> {
  if (caller === undefined) return false;
  const row = await db.selectFrom('idempotent_requests').select('key').where('caller', '=', caller).where('key', '=', key).executeTakeFirst();
  return row !== undefined;
}

function notValid(problems: readonly { readonly field: string; readonly message: string }[]): WeftError {
  const said = problems.map(({ field, message }) => `${field}: ${message}`).slice(0, 3);
  return new WeftError('BAD_REQUEST', `The request is not valid: ${said.join('; ')}.`, {
    details: { validationErrors: problems.map((problem) => ({ ...problem, code: 'invalid_value' })) },
  });
}

function findByKey(db: Db, { projectId, key }: { projectId: string; key: string }) {
  return db
    .selectFrom('work_items')
    .select(WORK_ITEM_COLUMNS)
    .select([sql<OwnPolicy | null>`(SELECT p.policy FROM projects p WHERE p.id = project_id)`.as('policy'), sql<string>`earlier.body_hash`.as('body_hash')])
    .innerJoin(
      db.selectFrom('idempotency_keys').select(['work_id', 'body_hash']).where('project_id', '=', projectId).where('key', '=', key).as('earlier'),
      'earlier.work_id',
      'work_items.id',
    )
    .executeTakeFirst();
}
