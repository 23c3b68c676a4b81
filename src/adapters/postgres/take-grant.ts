import { sql } from 'kysely';
import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import { isClosedAt } from '../../domain/policy/approval-policy.ts';
import { mismatchOf } from '../../domain/scheduling/rank-candidates.ts';
import type { WorkId } from '../../domain/ids.ts';
import { isApproved } from '../../domain/work/approval.ts';
import type { Classification, Needs } from '../../domain/work/classify.ts';
import type { OwnRetryRules } from '../../domain/work/retry-rules.ts';
import type { TakeGrantResult } from '../../domain/work/transition-results.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import type { GrantToTake, Writer } from '../../ports/ledger/transition-ledger.ts';
import type { Tx } from './database.ts';
import { classifyItem, enqueueAgain } from './enqueue.ts';
import type { LedgerContext } from './ledger-context.ts';
import { findForeignOffer } from './foreign-agents.ts';
import { holdOpen } from './host-gate.ts';
import { insertSession } from './insert-session.ts';
import { requireOwnItem } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { releaseHoldings } from './release-holdings.ts';
import type { SessionRow, SlotRow, TargetRow } from './tables.ts';
import { present } from './to-work-item.ts';

/** Takes the slot and, for a start, writes the session's row; or refuses, gives the slot back and queues the item again. */
export async function takeGrant(tx: Tx, { writer, grant }: { writer: Writer; grant: GrantToTake }, context: LedgerContext): Promise<TakeGrantResult> {
  const [item, slot] = await Promise.all([requireOwnItem(tx, writer), findSlot(tx, writer.workId, grant)]);
  if (slot === undefined) return { kind: 'refused', reason: 'there is no such slot' };
  const target = await findTarget(tx, slot);
  if (slot.state === 'released') return { kind: 'refused', reason: 'the slot was released' };
  if (slot.state === 'taken') return toTaken(slot, target);
  const obstacle = await findObstacle(tx, { item, slot, target }, context.defaultPolicy);
  if (obstacle !== null) return refuse(tx, item, obstacle);
  const taken: Slot = { ...slot, state: 'taken', run_id: writer.runId, attempt: item.attempts + 1, agent_guid: slot.agent_guid ?? grant.newGuid };
  if (slot.kind === 'start' && target !== null) {
    const { defaultIdleTimeoutMs } = context;
    const work = { workId: item.id, fence: slot.fence, attempt: taken.attempt };
    await insertSession(tx, { guid: taken.agent_guid ?? '', target, task: 'serve', work, defaultIdleTimeoutMs });
  }
  const bound = tx
    .updateTable('slots')
    .set({ state: 'taken', run_id: taken.run_id, attempt: taken.attempt, agent_guid: taken.agent_guid, updated_at: sql<Date>`now()` })
    .where('grant_id', '=', slot.grant_id)
    .execute();
  const begun = tx
    .updateTable('work_items')
    .set({
      phase: 'starting',
      reason: reasonOf(taken, target),
      attempts: item.attempts + 1,
      // An agent that registered by itself has it when it says so.
      assigned_to: target === null ? null : taken.agent_guid,
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', item.id)
    .execute();
  await Promise.all([bound, begun]);
  return toTaken(taken, target);
}

type Slot = SlotRow & { readonly retry: OwnRetryRules | null };

/** With what the item's project says of retries now. */
async function findSlot(tx: Tx, workId: WorkId, { grantId }: GrantToTake): Promise<Slot | undefined> {
  return tx
    .selectFrom('slots')
    .selectAll()
    .select(sql<OwnRetryRules | null>`(SELECT p.policy -> 'retry' FROM projects p WHERE p.id = slots.project_id)`.as('retry'))
    .where('grant_id', '=', grantId)
    .where('work_id', '=', workId)
    .executeTakeFirst();
}

async function findTarget(tx: Tx, { target_id: id }: SlotRow): Promise<TargetRow | null> {
  return id === null ? null : tx.selectFrom('targets').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

interface Taking {
  readonly item: LockedItem;
  readonly slot: SlotRow;
  /** null: the slot is one of an agent that registered by itself. */
  readonly target: TargetRow | null;
}

/** Why a slot that was granted cannot be taken any more; null when it can. */
async function findObstacle(tx: Tx, taking: Taking, defaults: ProjectPolicy): Promise<string | null> {
  const { item, slot, target } = taking;
  if (isSettled(item.phase)) return 'the item is settled';
  if (item.cancel_requested_at !== null) return 'the item is to be cancelled';
  if (slot.fence !== item.fence) return 'a newer slot was granted';
  const [offer, verdict] = await Promise.all([findOffer(tx, taking), classifyItem(tx, item, defaults)]);
  if (offer === undefined) return 'the agent is no longer there';
  return whyUnfit(taking, offer, verdict) ?? (slot.kind === 'start' && target !== null ? whyNoStart(tx, target) : null);
}

/** What is offered under the slot: by its target, or by its agent. */
async function findOffer(tx: Tx, taking: Taking): Promise<Offer | undefined> {
  const { slot, target } = taking;
  if (target === null) return findForeign(tx, slot);
  return slot.kind === 'start' ? target : findHeldAgent(tx, taking);
}

async function findHeldAgent(tx: Tx, { item, slot }: Taking): Promise<Pick<SessionRow, 'agent_type' | 'capabilities' | 'boundaries'> | undefined> {
  return tx
    .selectFrom('sessions')
    .select(['agent_type', 'capabilities', 'boundaries'])
    .where('guid', '=', slot.agent_guid)
    .where('state', '=', 'busy')
    .where('work_id', '=', item.id)
    .where('fence', '=', slot.fence)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

async function findForeign(tx: Tx, { agent_guid: guid }: SlotRow): Promise<Offer | undefined> {
  const found = await findForeignOffer(tx, guid ?? '');
  if (found === undefined) return undefined;
  const { agentType: agent_type, capabilities, boundaries } = found;
  return { agent_type, capabilities: [...capabilities], boundaries: [...boundaries] };
}

type Offer = Pick<TargetRow, 'agent_type' | 'capabilities' | 'boundaries'>;

/** Policies and targets may have changed since the slot was granted; no item goes where it would not be sent now. */
function whyUnfit({ item, slot, target }: Taking, offer: Offer, verdict: Classification): string | null {
  if (verdict.kind === 'forbidden') return verdict.reason;
  if (slot.kind === 'start' && verdict.needs.freeAgentsOnly === true) return `the rule of the boundary "${item.boundary}" starts no agents`;
  if (isGated(item, verdict.needs, target)) return 'it needs an approval by now';
  const { agent_type: agentType, capabilities, boundaries } = offer;
  const mismatch = mismatchOf(verdict.needs, { agentType, capabilities, boundaries });
  return mismatch === null ? null : `the ${slot.kind}${target === null ? '' : ` on "${target.name}"`} does not fit any more (${mismatch})`;
}

function isGated(item: LockedItem, { gate }: Needs, target: TargetRow | null): boolean {
  if (gate === undefined || isApproved(item)) return false;
  return gate.closed === 'everything' || isClosedAt(gate, target?.name);
}

async function whyNoStart(tx: Tx, target: TargetRow): Promise<string | null> {
  if (target.removed_at !== null) return `the target "${target.name}" was removed`;
  if (target.disabled_at !== null) return `the target "${target.name}" is disabled`;
  if (target.breaker_state === 'open') return `the breaker of the target "${target.name}" has opened`;
  return (await holdOpen(tx, target.host_id)) ? null : `the host of the target "${target.name}" is stopped`;
}

async function refuse(tx: Tx, item: LockedItem, reason: string): Promise<TakeGrantResult> {
  await releaseHoldings(tx, item, false);
  if (!isSettled(item.phase) && item.cancel_requested_at === null) {
    await tx
      .updateTable('work_items')
      .set({ reason: `waits for a slot again: ${reason}`, updated_at: sql<Date>`now()` })
      .where('id', '=', item.id)
      .execute();
    await enqueueAgain(tx, item, { delayMs: 0, since: 'offered' });
  }
  return { kind: 'refused', reason };
}

function reasonOf({ kind, agent_guid: guid }: SlotRow, target: TargetRow | null): string {
  if (target === null) return `is offered to the agent ${guid ?? ''}`;
  return kind === 'start' ? `starts an agent on "${target.name}"` : `hands over to a free agent of "${target.name}"`;
}

function toTaken(slot: Slot, target: TargetRow | null): TakeGrantResult {
  return {
    kind: 'taken',
    fence: slot.fence,
    // Both are set when a slot is taken (a check of the table).
    attempt: slot.attempt ?? 0,
    agentGuid: slot.agent_guid ?? '',
    session: slot.kind === 'start' ? 'to-start' : 'running',
    targetName: target?.name ?? null,
    mechanism: target?.mechanism ?? null,
    ...present({ retry: slot.retry }),
  };
}
