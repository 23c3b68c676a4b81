import type { Author } from '../../domain/access/actor.ts';
import { hasErrorCode, WeftError } from '../../domain/errors.ts';
import type { WorkId } from '../../domain/ids.ts';
import { effectivePolicy } from '../../domain/policy/project-policy.ts';
import type { OwnPolicy, ProjectPolicy } from '../../domain/policy/project-policy.ts';
import { classify } from '../../domain/work/classify.ts';
import type { IdempotencyKey } from '../../domain/work/idempotency-key.ts';
import type { NewWorkItem } from '../../domain/work/normalise-submit.ts';
import type { WorkItem } from '../../domain/work/work-item.ts';
import type { SubmitResult } from '../../ports/ledger/work-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { NewEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import type { LedgerContext } from './ledger-context.ts';
import { boundedText, cleanText, toJson, toJsonOrNull } from './json.ts';
import { toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';
import { writeAudit } from './write-audit.ts';
import type { Change } from './write-audit.ts';

// The event of the contract carries a description; the whole text stays in the item's row.
const EVENT_DESCRIPTION_CHARS_MAX = 256;

interface Given {
  readonly key: IdempotencyKey | null;
  readonly author: Author;
}

/** One transaction: the idempotency key, the row `accepted`, its event. */
export async function submit(
  { database, defaultPolicy }: Pick<LedgerContext, 'database' | 'defaultPolicy'>,
  item: NewWorkItem,
  given: Given,
): Promise<SubmitResult> {
  try {
    return await database.transact((tx) => accept(tx, item, { ...given, defaultPolicy }));
  } catch (error) {
    if (!hasErrorCode(error, 'COMMIT_UNKNOWN')) throw error;
    throw new WeftError('COMMIT_UNKNOWN', `The connection to PostgreSQL broke while work item ${item.id} was committed; look it up before submitting again.`, {
      details: { workId: item.id },
      cause: error,
    });
  }
}

async function accept(tx: Tx, item: NewWorkItem, { key, author, defaultPolicy }: Given & { readonly defaultPolicy: ProjectPolicy }): Promise<SubmitResult> {
  const policy = effectivePolicy(await ensureProject(tx, item.projectId), defaultPolicy);
  if (key !== null) {
    const earlier = await claimKey(tx, key, item.id);
    if (earlier !== null) {
      const joined = await findItem(tx, earlier);
      return { kind: 'joined', item: joined, classification: classify(joined, policy) };
    }
  }
  const row = await tx
    .insertInto('work_items')
    .values({
      id: item.id,
      project_id: item.projectId,
      task_id: cleanText(item.taskId),
      capability: item.capability,
      boundary: item.boundary,
      description: cleanText(item.description),
      priority: item.priority,
      preferred_agent_type: item.preferredAgentType ?? null,
      required_agent_type: item.requiredAgentType ?? null,
      deadline: item.deadline ?? null,
      context_data: toJsonOrNull(item.contextData),
      limits: toJson(item.limits),
      offered_by: item.offeredBy,
    })
    .returning(WORK_ITEM_COLUMNS)
    .executeTakeFirstOrThrow();
  const { event, change } = toSubmitted(item);
  await appendEvent(tx, event);
  await writeAudit(tx, author, change);
  return { kind: 'accepted', item: toWorkItem(row), classification: classify(item, policy) };
}

/** What is recorded of a new item, beside its row. */
export function toSubmitted(item: NewWorkItem): { readonly event: NewEvent; readonly change: Change } {
  const { id: workId, capability, boundary, priority } = item;
  const taskId = cleanText(item.taskId);
  const entity = { entityType: 'work', entityId: workId, projectId: item.projectId } as const;
  const description = boundedText(item.description, EVENT_DESCRIPTION_CHARS_MAX);
  return {
    event: { key: `submit:${workId}`, ...entity, type: 'work:submitted', data: { workId, taskId, capability, boundary, priority, description } },
    change: { action: 'work.submit', ...entity, before: null, after: { taskId, capability, boundary, priority } },
  };
}

/** Projects exist from their first use. Returns what the project says of itself. */
export async function ensureProject(tx: Tx, projectId: string): Promise<OwnPolicy | null> {
  const known = await tx.selectFrom('projects').select('policy').where('id', '=', projectId).executeTakeFirst();
  if (known !== undefined) return known.policy;
  await tx
    .insertInto('projects')
    .values({ id: projectId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return null;
}

/** Null when the key is ours now; else the work id of the submit that had it first. Waits for one that is under way. */
async function claimKey(tx: Tx, { projectId, key, bodyHash }: IdempotencyKey, workId: WorkId): Promise<WorkId | null> {
  const claimed = await tx
    .insertInto('idempotency_keys')
    .values({ project_id: projectId, key, body_hash: bodyHash, work_id: workId })
    .onConflict((conflict) => conflict.doNothing())
    .returning('work_id')
    .executeTakeFirst();
  if (claimed !== undefined) return null;
  const earlier = await tx
    .selectFrom('idempotency_keys')
    .select(['body_hash', 'work_id'])
    .where('project_id', '=', projectId)
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  if (earlier.body_hash === bodyHash) return earlier.work_id;
  throw new WeftError('IDEMPOTENCY_MISMATCH', `The Idempotency-Key was used before, with another body, for work item ${earlier.work_id}.`, {
    details: { workId: earlier.work_id },
  });
}

async function findItem(tx: Tx, workId: WorkId): Promise<WorkItem> {
  const row = await tx.selectFrom('work_items').select(WORK_ITEM_COLUMNS).where('id', '=', workId).executeTakeFirstOrThrow();
  return toWorkItem(row);
}
