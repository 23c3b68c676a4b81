import { sql } from 'kysely';
import { reaches } from '../../domain/agents/reach.ts';
import type { AgentOffer } from '../../domain/agents/sighting.ts';
import type { WarpWord } from '../../domain/agents/warp-word.ts';
import type { AgentGuid, Fence, WorkId } from '../../domain/ids.ts';
import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import { mismatchOf } from '../../domain/scheduling/rank-candidates.ts';
import { needsOf } from '../../domain/work/classify.ts';
import type { Needs } from '../../domain/work/classify.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import { effectivePolicy } from '../../domain/policy/project-policy.ts';
import type { OfferState, WordVerdict } from '../../ports/ledger/foreign-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Db, Tx } from './database.ts';
import { toClassifiable } from './enqueue.ts';
import { recordAtRest } from './record-at-rest.ts';
import type { RoutingRules } from './ledger-context.ts';
import { findActiveSlot, lockItem } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { runTokenOf } from './run-token.ts';
import type { SlotRow } from './tables.ts';

interface Judging {
  readonly secret: Buffer;
  readonly rules: RoutingRules;
}

/**
 * Whose word it is, and for which fence: the agent's that holds the item, or, while nobody has claimed it, that of another which
 * may have it (Warp's queue gives an offer to whoever comes first) and so has it from now on. Anybody else's is recorded and refused.
 */
export async function heedWord(tx: Tx, word: WarpWord, { secret, rules }: Judging): Promise<WordVerdict> {
  const workId = word.workId ?? (await findOnlyItem(tx, word.sender));
  const item = workId === null ? undefined : await lockItem(tx, workId);
  if (item === undefined) return { kind: 'unknown' };
  const slot = await findActiveSlot(tx, item.id);
  if (slot === undefined || !(await speaksFor(tx, { item, slot, word }, rules))) return refuse(tx, item, word);
  const { project_id: projectId, id } = item;
  const runToken = runTokenOf(secret, { workId: id, fence: slot.fence, guid: word.sender });
  return { kind: 'heeded', projectId, workId: id, fence: slot.fence, runToken };
}

async function findOnlyItem(tx: Tx, guid: AgentGuid): Promise<WorkId | null> {
  const held = await tx
    .selectFrom('slots')
    .select('work_id')
    .where('agent_guid', '=', guid)
    .where('target_id', 'is', null)
    .where('state', '=', 'taken')
    .limit(2)
    .execute();
  return held.length === 1 ? (held[0]?.work_id ?? null) : null;
}

interface Speaking {
  readonly item: LockedItem;
  readonly slot: SlotRow;
  readonly word: WarpWord;
}

async function speaksFor(tx: Tx, { item, slot, word }: Speaking, rules: RoutingRules): Promise<boolean> {
  if (slot.target_id !== null || slot.state !== 'taken' || isSettled(item.phase) || item.cancel_requested_at !== null) return false;
  if (word.fence !== null && word.fence !== slot.fence) return false;
  if (slot.agent_guid === word.sender) return true;
  if (item.phase !== 'starting' || !(await mayHave(tx, item, { guid: word.sender, rules }))) return false;
  await tx.updateTable('slots').set({ agent_guid: word.sender }).where('grant_id', '=', slot.grant_id).execute();
  await tx.updateTable('leases').set({ agent_guid: word.sender }).where('work_id', '=', item.id).where('fence', '=', slot.fence).execute();
  return true;
}

/** The agent fits, is there, and has room: under its row's lock, as where slots are granted. */
async function mayHave(tx: Tx, item: LockedItem, { guid, rules }: { guid: AgentGuid; rules: RoutingRules }): Promise<boolean> {
  const agent = await tx.selectFrom('agents').select(['project_id', 'offer', 'status']).where('guid', '=', guid).forNoKeyUpdate().executeTakeFirst();
  if (agent === undefined || agent.status === 'offline' || agent.offer?.protocol !== 'warp') return false;
  const { user } = rules;
  const needs = await needsNow(tx, item, rules.defaultPolicy);
  if (!fits(needs, { projectId: item.project_id, user }, { projectId: agent.project_id, offer: agent.offer })) return false;
  const { held } = await tx
    .selectFrom('slots')
    .select(sql<number>`count(*)::int`.as('held'))
    .where('agent_guid', '=', guid)
    .where('target_id', 'is', null)
    .where('state', '<>', 'released')
    .executeTakeFirstOrThrow();
  return held < agent.offer.tasksMax;
}

async function needsNow(tx: Db, item: Parameters<typeof toClassifiable>[0] & { project_id: string }, defaults: ProjectPolicy): Promise<Needs> {
  const project = await tx.selectFrom('projects').select('policy').where('id', '=', item.project_id).executeTakeFirst();
  return needsOf(toClassifiable(item), effectivePolicy(project?.policy ?? null, defaults));
}

interface Asking {
  readonly projectId: string;
  readonly user: string | null;
}

function fits(needs: Needs, { projectId, user }: Asking, agent: { readonly projectId: string; readonly offer: AgentOffer }): boolean {
  return reaches({ ...agent.offer, projectId: agent.projectId }, projectId, user) && mismatchOf(needs, agent.offer) === null;
}

/** Said in the record once; the word of an agent that an item was taken from also says that it has stopped. */
async function refuse(tx: Tx, item: LockedItem, { messageId, sender, said }: WarpWord): Promise<WordVerdict> {
  const isFinal = said.kind === 'completed' || said.kind === 'failed';
  await appendEvent(tx, {
    key: `warp:${item.id}:${messageId}`,
    entityType: 'work',
    entityId: item.id,
    projectId: item.project_id,
    type: 'work:report-refused',
    data: { workId: item.id, taskId: item.task_id, assignedTo: sender, kind: said.kind, currentFence: item.fence },
    agentGuid: sender,
  });
  const nowAtRest = isFinal && (await recordAtRest(tx, { guid: sender, workId: item.id }));
  return { kind: 'refused', workId: item.id, nowAtRest };
}

/**
 * How an offer stands. `shared`: everybody who is there and could take it from Warp's queue of the capability (whose name several
 * spellings share) may have the item, so its text may stand there.
 */
export async function lookAtOffer(db: Db, { workId, fence }: { workId: WorkId; fence: Fence }, { defaultPolicy, user }: RoutingRules): Promise<OfferState> {
  const item = await db
    .selectFrom('work_items')
    .select(['project_id', 'capability', 'boundary', 'required_agent_type', 'preferred_agent_type', 'phase', 'fence'])
    .where('id', '=', workId)
    .executeTakeFirst();
  if (item?.fence !== fence || item.phase !== 'starting') return { isClaimed: true, mayShare: false };
  const { rows } = await sql<{ project_id: string; offer: AgentOffer | null }>`
    SELECT a.project_id, a.offer FROM agents a WHERE a.status <> 'offline' AND (a.offer IS NULL OR (a.offer ->> 'protocol' = 'warp' AND EXISTS (
      SELECT 1 FROM jsonb_array_elements_text(a.offer -> 'capabilities') c
      WHERE upper(regexp_replace(c, '[^a-zA-Z0-9]', '_', 'g')) = upper(regexp_replace(${item.capability}, '[^a-zA-Z0-9]', '_', 'g')))))`.execute(db);
  const needs = await needsNow(db, item, defaultPolicy);
  const asking = { projectId: item.project_id, user };
  const mayShare = rows.every(({ project_id: projectId, offer }) => offer !== null && fits(needs, asking, { projectId, offer }));
  return { isClaimed: false, mayShare };
}
