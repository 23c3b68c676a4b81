import { sql } from 'kysely';
import type { Updateable } from 'kysely';
import type { AgentOffer } from '../../domain/agents/sighting.ts';
import { effectivePolicy } from '../../domain/policy/project-policy.ts';
import type { OwnPolicy, ProjectPolicy } from '../../domain/policy/project-policy.ts';
import { isClosedAt } from '../../domain/policy/approval-policy.ts';
import { mismatchOf } from '../../domain/scheduling/rank-candidates.ts';
import type { AgentGuid, WorkId } from '../../domain/ids.ts';
import { isApproved } from '../../domain/work/approval.ts';
import { classify } from '../../domain/work/classify.ts';
import type { Classification, Needs } from '../../domain/work/classify.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import type { Tx } from './database.ts';
import { toClassifiable } from './enqueue.ts';
import type { LedgerContext } from './ledger-context.ts';
import { findForeignOffer } from './foreign-agents.ts';
import { holdOpen } from './host-gate.ts';
import { insertSession } from './insert-session.ts';
import { activeSlot, lockItem, lockSlot } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { selectStartPlaces } from './start-place.ts';
import type { StartPlace } from './start-place.ts';
import type { SessionRow, SlotRow, Tables, TargetRow } from './tables.ts';
import { present } from './to-work-item.ts';

/** An item, locked, with the slot that it holds and what that gives. */
export interface Held {
  readonly item: LockedItem;
  readonly slot: SlotRow;
  /** null: the slot is one of an agent that registered by itself. */
  readonly target: StartPlace | null;
  /** Of the slot's agent, locked; none for a start that was not begun, and for an agent that registered by itself. */
  readonly session: SessionRow | undefined;
  readonly ownPolicy: OwnPolicy | null;
}

export type Seen = Omit<Held, 'slot' | 'item'> & { readonly item: LockedItem | undefined; readonly slot: SlotRow | undefined };

/** Asked for in one go: the lock of the item's row comes first, and from then on nobody else changes its slot. */
export async function lockWithSlot(tx: Tx, workId: WorkId): Promise<Seen> {
  const [item, { slot, session }, target, project] = await Promise.all([
    lockItem(tx, workId),
    lockSlot(tx, workId),
    selectStartPlaces(tx).where('id', '=', activeSlot(tx, workId).select('target_id')).executeTakeFirst(),
    tx
      .selectFrom('projects')
      .select('policy')
      .where('id', '=', tx.selectFrom('work_items').select('project_id').where('id', '=', workId))
      .executeTakeFirst(),
  ]);
  return { item, slot, target: target ?? null, session, ownPolicy: project?.policy ?? null };
}

export type TakeResult =
  /**
   * `write`: makes it so, together with whatever else the caller writes; `begun`: what the caller is to write into the item's row; `protocol`: of
   * an agent that registered by itself.
   */
  | {
      readonly kind: 'taken';
      readonly slot: SlotRow;
      readonly begun: Begun;
      readonly protocol?: AgentOffer['protocol'];
      readonly write: () => Promise<unknown>;
    }
  | { readonly kind: 'refused'; readonly reason: string };

export type Begun = Pick<Updateable<Tables['work_items']>, 'run_id' | 'phase' | 'reason' | 'attempts'>;

/** Makes the slot the item's, with the next attempt, and the session's row of a start; refuses when what was granted does not hold any more. */
export async function takeSlot(tx: Tx, held: Held, by: { runId: string; newGuid: AgentGuid; context: SlotContext }): Promise<TakeResult> {
  const { item, slot, target } = held;
  const { runId, newGuid, context } = by;
  const foreign = target === null ? await findForeignOffer(tx, slot.agent_guid ?? '') : undefined;
  const obstacle = await findObstacle(tx, { ...held, foreign }, context.defaultPolicy);
  if (obstacle !== null) return { kind: 'refused', reason: obstacle };
  const attempt = item.attempts + 1;
  const guid = slot.agent_guid ?? newGuid;
  const taken: SlotRow = { ...slot, state: 'taken', run_id: runId, attempt, agent_guid: guid };
  const { defaultIdleTimeoutMs } = context;
  const work = { workId: item.id, fence: slot.fence, attempt };
  const write = (): Promise<unknown> =>
    Promise.all([
      tx
        .updateTable('slots')
        .set({ state: 'taken', run_id: runId, attempt, agent_guid: guid, updated_at: sql<Date>`now()` })
        .where('grant_id', '=', slot.grant_id)
        .execute(),
      ...(slot.kind === 'start' && target !== null ? [insertSession(tx, { guid, target, task: 'serve', work, defaultIdleTimeoutMs })] : []),
    ]);
  const begun = { run_id: runId, phase: 'starting', reason: reasonOf(taken, target), attempts: attempt } as const;
  return { kind: 'taken', slot: taken, write, begun, ...present({ protocol: foreign?.protocol }) };
}

/** Into the item's row alone: no agent has it yet. */
export async function writeBegun(tx: Tx, { id }: LockedItem, begun: Begun): Promise<void> {
  await tx
    .updateTable('work_items')
    .set({ ...begun, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
}

type SlotContext = Pick<LedgerContext, 'defaultPolicy' | 'defaultIdleTimeoutMs'>;

/** Why a slot that was granted cannot be taken any more; null when it can. */
async function findObstacle(tx: Tx, held: Held & { foreign: AgentOffer | undefined }, defaults: ProjectPolicy): Promise<string | null> {
  const { item, slot, target, ownPolicy } = held;
  if (isSettled(item.phase)) return 'the item is settled';
  if (item.cancel_requested_at !== null) return 'the item is to be cancelled';
  if (slot.fence !== item.fence) return 'a newer slot was granted';
  const offer = target === null ? held.foreign && toOffer(held.foreign) : offerOf(held, target);
  if (offer === undefined) return 'the agent is no longer there';
  const verdict = classify(toClassifiable(item), effectivePolicy(ownPolicy, defaults));
  return whyUnfit(held, offer, verdict) ?? (slot.kind === 'start' && target !== null ? whyNoStart(tx, target) : null);
}

/** What is offered under the slot: by its target, or by its agent while that is kept for the item. */
function offerOf({ item, slot, session }: Held, target: TargetRow): Offer | undefined {
  if (slot.kind === 'start') return target;
  return session?.state === 'busy' && session.work_id === item.id && session.fence === slot.fence ? session : undefined;
}

function toOffer({ agentType: agent_type, capabilities, boundaries }: AgentOffer): Offer {
  return { agent_type, capabilities: [...capabilities], boundaries: [...boundaries] };
}

type Offer = Pick<TargetRow, 'agent_type' | 'capabilities' | 'boundaries'>;

/** Policies and targets may have changed since the slot was granted; no item goes where it would not be sent now. */
function whyUnfit({ item, slot, target }: Held, offer: Offer, verdict: Classification): string | null {
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

function reasonOf({ kind, agent_guid: guid }: SlotRow, target: TargetRow | null): string {
  if (target === null) return `is offered to the agent ${guid ?? ''}`;
  return kind === 'start' ? `starts an agent on "${target.name}"` : `hands over to a free agent of "${target.name}"`;
}
