import { sql } from 'kysely';
import type { CompiledQuery } from 'kysely';
import { hasErrorCode, WeftError } from '../../domain/errors.ts';
import type { WorkId } from '../../domain/ids.ts';
import { effectivePolicy } from '../../domain/policy/project-policy.ts';
import type { OwnPolicy, ProjectPolicy } from '../../domain/policy/project-policy.ts';
import { classify } from '../../domain/work/classify.ts';
import { whyNoTimeLeft } from '../../domain/work/check-times.ts';
import type { NewWorkItem } from '../../domain/work/normalise-submit.ts';
import type { Offer, SubmitResult } from '../../ports/ledger/work-ledger.ts';
import { batched } from './batch.ts';
import type { Database, Db } from './database.ts';
import { boundedText, cleanText, toJson } from './json.ts';
import type { LedgerContext } from './ledger-context.ts';
import { OWN_COLUMNS, toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';
import { REQUEST_TEXT_CHARS_MAX } from './write-audit.ts';

// The event of the contract carries a description; the whole text stays in the item's row.
const EVENT_DESCRIPTION_CHARS_MAX = 256;

const OFFERS_MAX = 32;

type Written = Parameters<typeof toWorkItem>[0] & { readonly policy: OwnPolicy | null };

type Outcome = { readonly result: SubmitResult } | { readonly error: unknown };

type Insert = (db: Db, offers: readonly Offer[]) => Promise<readonly Written[]>;
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

/** One transaction: the projects, the keys, the rows `accepted`, their first events and the audit. An offer whose key was used before writes nothing. */
async function submitAll({ database, defaultPolicy, insert }: Context, offers: readonly Offer[]): Promise<ReadonlyMap<Offer, Outcome>> {
  const nowMs = Date.now();
  // One that was taken in earlier under the same key is found all the same.
  const inTime = offers.filter(({ item }) => whyNoTimeLeft(item, nowMs) === null);
  const rows = inTime.length === 0 ? [] : await database.transact((tx) => insert(tx, inTime));
  const written = new Map(rows.map((row) => [row.id, row]));
  const outcomes = new Map<Offer, Outcome>();
  for (const offer of offers) {
    const row = written.get(offer.item.id);
    const found = row === undefined ? await findEarlier(database, offer) : { row };
    outcomes.set(offer, 'error' in found ? found : { result: toResult(row === undefined ? 'joined' : 'accepted', found.row, defaultPolicy) });
  }
  return outcomes;
}

function toResult(kind: SubmitResult['kind'], row: Written, defaultPolicy: ProjectPolicy): SubmitResult {
  const item = toWorkItem(row);
  return { kind, item, classification: classify(item, effectivePolicy(row.policy, defaultPolicy)) };
}

function withId(error: unknown, workId: WorkId): unknown {
  if (!hasErrorCode(error, 'COMMIT_UNKNOWN')) return error;
  return new WeftError('COMMIT_UNKNOWN', `The connection to PostgreSQL broke while work item ${workId} was committed; look it up before submitting again.`, {
    details: { workId },
    cause: error,
  });
}

// Stands in the built statement where the offers will be.
const OFFERS = '';

/** The statement is built once: that takes longer than everything else that is done here for an offer. */
function createInsert(): Insert {
  let built: CompiledQuery | undefined;
  return async (db, offers) => {
    built ??= insertOffers.compile(db);
    return (await db.executeQuery<Written>({ ...built, parameters: [toJson(offers.map(toRecord))] })).rows;
  };
}

/** A key that another transaction is claiming is waited for; which of both has it is known when that has ended. */
// In one order, so that two that make the same projects, or claim the same keys, do not wait for each other.
const insertOffers = sql<Written>`
  WITH offer AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(${OFFERS}::jsonb) AS o(id uuid, project text, task text, capability text, boundary text,
      description text, priority smallint, preferred text, required text, deadline timestamptz, "notBefore" timestamptz, context jsonb, limits jsonb, "offeredBy" text,
      key text, "bodyHash" text, event jsonb, actor text, request text, after jsonb)
  ), project AS (
    INSERT INTO projects (id) SELECT DISTINCT project FROM offer WHERE NOT EXISTS (SELECT 1 FROM projects WHERE id = project) ORDER BY project
    ON CONFLICT DO NOTHING
  ), claimed AS (
    INSERT INTO idempotency_keys (project_id, key, body_hash, work_id)
    SELECT project, key, "bodyHash", id FROM offer WHERE key IS NOT NULL ORDER BY project, key
    ON CONFLICT DO NOTHING RETURNING work_id
  ), fresh AS MATERIALIZED (
    SELECT * FROM offer WHERE key IS NULL OR id IN (SELECT work_id FROM claimed)
  ), event AS (
    INSERT INTO events (entity_type, entity_id, seq, event_key, project_id, type, data)
    SELECT 'work', id::text, 1, 'submit:' || id, project, 'work:submitted', event FROM fresh
  ), audited AS (
    INSERT INTO audit (actor, request_id, action, entity_type, entity_id, project_id, after)
    SELECT actor, request, 'work.submit', 'work', id::text, project, after FROM fresh
  ), item AS (
    INSERT INTO work_items (id, project_id, task_id, capability, boundary, description, priority, preferred_agent_type, required_agent_type, deadline,
      not_before, context_data, limits, offered_by, submitter, event_seq)
    SELECT id, project, task, capability, boundary, description, priority, preferred, required, deadline, "notBefore", context, limits, "offeredBy", actor, 1 FROM fresh
    RETURNING ${sql.join(OWN_COLUMNS.map((column) => sql.ref(column)))}
  )
  SELECT item.*, NULL AS agent, NULL AS question, (SELECT policy FROM projects WHERE id = item.project_id) AS policy FROM item`;

function toRecord({ item, key, author }: Offer): object {
  const { id, capability, boundary, priority } = item;
  const task = cleanText(item.taskId);
  const description = boundedText(item.description, EVENT_DESCRIPTION_CHARS_MAX);
  return {
    ...toColumns(item),
    ...(key === null ? {} : { key: key.key, bodyHash: key.bodyHash }),
    event: { workId: id, taskId: task, capability, boundary, priority, description },
    actor: boundedText(author.name, REQUEST_TEXT_CHARS_MAX),
    request: boundedText(author.requestId, REQUEST_TEXT_CHARS_MAX),
    after: { taskId: task, capability, boundary, priority },
  };
}

function toColumns({ id, capability, boundary, description, priority, deadline, notBefore, limits, offeredBy, ...rest }: NewWorkItem): object {
  const { projectId: project, taskId: task, preferredAgentType: preferred, requiredAgentType: required, contextData: context } = rest;
  return { id, project, task, capability, boundary, description, priority, preferred, required, deadline, notBefore, context, limits, offeredBy };
}

/** What was submitted before with the same key, or why it is not the same, or why it cannot be taken in. */
async function findEarlier(database: Database, offer: Offer): Promise<{ readonly row: Written } | { readonly error: unknown }> {
  const { key } = offer;
  const row = key === null ? undefined : await database.read((db) => findByKey(db, key));
  if (row === undefined) return { error: refusalOf(offer) };
  if (row.body_hash === key?.bodyHash) return { row };
  const message = `The Idempotency-Key was used before, with another body, for work item ${row.id}.`;
  return { error: new WeftError('IDEMPOTENCY_MISMATCH', message, { details: { workId: row.id } }) };
}

function refusalOf({ item, pointer = '/body' }: Offer): WeftError {
  const late = whyNoTimeLeft(item, Date.now());
  if (late === null) return new WeftError('INTERNAL', `Work item ${item.id} was neither written nor found.`);
  const problem = { field: `${pointer}/deadline`, message: late, code: 'invalid_value' };
  return new WeftError('BAD_REQUEST', `The request is not valid: ${problem.field}: ${late}.`, { details: { validationErrors: [problem] } });
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
