import { sql } from 'kysely';
import type { CompiledQuery, RawBuilder } from 'kysely';
import type { EventData } from '../../domain/events/event.ts';
import type { NewWorkItem } from '../../domain/work/normalise-submit.ts';
import type { Offer } from '../../ports/ledger/work-ledger.ts';
import type { Db } from './database.ts';
import { boundedText, cleanText, toJson } from './json.ts';
import { OWN_COLUMNS } from './to-work-item.ts';
import type { toWorkItem } from './to-work-item.ts';
import { REQUEST_TEXT_CHARS_MAX } from './write-audit.ts';

// The event of the contract carries a description; the whole text stays in the item's row.
const EVENT_DESCRIPTION_CHARS_MAX = 256;

type Written = Parameters<typeof toWorkItem>[0];

/** The place in the queue that a new item is given at once. */
export interface QueuePlace {
  readonly needsKey: string;
  readonly reason: string;
  /** Of its event `work:queued`. */
  readonly data: EventData;
}

interface NewOffer {
  readonly offer: Offer;
  /** null: its workflow must have it admitted first. */
  readonly place: QueuePlace | null;
}

/** Writes all offers in one statement and returns the rows of those that are new and depend only on items of their project. */
export type Insert = (db: Db, offers: readonly NewOffer[]) => Promise<readonly Written[]>;

type Form = 'plain' | 'dependent';

/** Each form of the statement is built once: that takes longer than everything else that is done here for an offer. */
export function createInsert(): Insert {
  const built = new Map<Form, CompiledQuery>();
  return async (db, offers) => {
    const form = offers.some(({ offer }) => offer.item.dependsOn !== undefined) ? 'dependent' : 'plain';
    const statement = built.get(form) ?? insertOffers(form).compile(db);
    built.set(form, statement);
    return (await db.executeQuery<Written>({ ...statement, parameters: [toJson(offers.map(toRecord))] })).rows;
  };
}

// Stands in the built statement where the offers will be.
const OFFERS = '';

const SENT = sql`
    SELECT * FROM jsonb_to_recordset(${OFFERS}::jsonb) AS o(id uuid, project text, task text, capability text, boundary text,
      description text, priority smallint, preferred text, required text, deadline timestamptz, "notBefore" timestamptz, context jsonb, limits jsonb, "offeredBy" text,
      key text, "bodyHash" text, caller text, event jsonb, actor text, request text, after jsonb, "dependsOn" jsonb, "onFailure" text,
      "needsKey" text, reason text, queued jsonb)`;

interface Parts {
  readonly offer: RawBuilder<unknown>;
  readonly dependency: RawBuilder<unknown>;
  readonly dependencies: RawBuilder<unknown>;
}

// Most items depend on nothing, and pay nothing for those that do.
const PARTS: Record<Form, Parts> = {
  plain: { offer: sql`offer AS MATERIALIZED (${SENT})`, dependency: sql``, dependencies: sql`NULL` },
  dependent: {
    offer: sql`sent AS MATERIALIZED (${SENT}), offer AS MATERIALIZED (
    SELECT * FROM sent WHERE NOT EXISTS (SELECT 1 FROM jsonb_array_elements_text(sent."dependsOn") d
      WHERE NOT EXISTS (SELECT 1 FROM work_items w WHERE w.id = d::uuid AND w.project_id = sent.project))
  )`,
    dependency: sql`, dependency AS (
    INSERT INTO work_dependencies (work_id, depends_on_id) SELECT id, d::uuid FROM fresh, jsonb_array_elements_text("dependsOn") d
  )`,
    dependencies: sql`(SELECT jsonb_agg(jsonb_build_object('id', d, 'outcome', NULL) ORDER BY d) FROM fresh f, jsonb_array_elements_text(f."dependsOn") d WHERE f.id = item.id)`,
  },
};

/** A key that another transaction is claiming is waited for; which of both has it is known when that has ended. */
// In one order, so that two that make the same projects, or claim the same keys, do not wait for each other.
function insertOffers(form: Form): RawBuilder<Written> {
  const { offer, dependency, dependencies } = PARTS[form];
  return sql<Written>`
  WITH ${offer}, project AS (
    INSERT INTO projects (id) SELECT DISTINCT project FROM offer WHERE NOT EXISTS (SELECT 1 FROM projects WHERE id = project) ORDER BY project
    ON CONFLICT DO NOTHING
  ), claimed AS (
    INSERT INTO idempotency_keys (project_id, key, body_hash, work_id)
    SELECT project, key, "bodyHash", id FROM offer WHERE key IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM idempotent_requests r WHERE r.caller = offer.caller AND r.key = offer.key) ORDER BY project, key
    ON CONFLICT DO NOTHING RETURNING work_id
  ), fresh AS MATERIALIZED (
    SELECT * FROM offer WHERE key IS NULL OR id IN (SELECT work_id FROM claimed)
  ), event AS (
    INSERT INTO events (entity_type, entity_id, seq, event_key, project_id, type, data)
    SELECT 'work', id::text, 1, 'submit:' || id, project, 'work:submitted', event FROM fresh
    UNION ALL SELECT 'work', id::text, 2, 'submit:' || id || ':queued', project, 'work:queued', queued FROM fresh WHERE "needsKey" IS NOT NULL
  ), placed AS (
    INSERT INTO queue (work_id, project_id, needs_key, submitter, priority, enqueued_at, not_before, due)
    SELECT id, project, "needsKey", actor, priority, greatest(now(), "notBefore"), greatest(now(), "notBefore"), coalesce("notBefore" <= now(), true)
    FROM fresh WHERE "needsKey" IS NOT NULL
  ), unstarted AS (
    INSERT INTO unstarted_work (work_id) SELECT id FROM fresh
  ), audited AS (
    INSERT INTO audit (actor, request_id, action, entity_type, entity_id, project_id, after)
    SELECT actor, request, 'work.submit', 'work', id::text, project, after FROM fresh
  ), item AS (
    INSERT INTO work_items (id, project_id, task_id, capability, boundary, description, priority, preferred_agent_type, required_agent_type, deadline,
      not_before, context_data, limits, offered_by, submitter, on_dependency_failure, phase, reason, event_seq)
    SELECT id, project, task, capability, boundary, description, priority, preferred, required, deadline, "notBefore", context, limits, "offeredBy", actor,
      "onFailure", CASE WHEN "needsKey" IS NULL THEN 'accepted' ELSE 'waiting' END, reason, CASE WHEN "needsKey" IS NULL THEN 1 ELSE 2 END FROM fresh
    RETURNING ${sql.join(OWN_COLUMNS.map((column) => sql.ref(column)))}
  )${dependency}
  SELECT item.*, NULL AS agent, NULL AS question, NULL AS pending_approval, ${dependencies} AS dependencies FROM item`;
}

function toRecord({ offer: { item, key, author }, place }: NewOffer): object {
  const { id, capability, boundary, priority } = item;
  const task = cleanText(item.taskId);
  const description = boundedText(item.description, EVENT_DESCRIPTION_CHARS_MAX);
  return {
    ...toColumns(item),
    ...(key === null ? {} : { key: key.key, bodyHash: key.bodyHash, caller: key.caller }),
    event: { workId: id, taskId: task, capability, boundary, priority, description },
    actor: boundedText(author.name, REQUEST_TEXT_CHARS_MAX),
    request: boundedText(author.requestId, REQUEST_TEXT_CHARS_MAX),
    after: { taskId: task, capability, boundary, priority },
    ...(place === null ? {} : { needsKey: place.needsKey, reason: place.reason, queued: place.data }),
  };
}

function toColumns({ id, capability, boundary, description, priority, deadline, notBefore, dependsOn, limits, offeredBy, ...rest }: NewWorkItem): object {
  const { projectId: project, taskId: task, preferredAgentType: preferred, requiredAgentType: required, contextData: context } = rest;
  const onFailure = rest.onDependencyFailure;
  return {
    id,
    project,
    task,
    capability,
    boundary,
    description,
    priority,
    preferred,
    required,
    deadline,
    notBefore,
    dependsOn,
    onFailure,
    context,
    limits,
    offeredBy,
  };
}
