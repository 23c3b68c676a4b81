import { sql } from 'kysely';
import type { ProjectId } from '../../domain/ids.ts';
import { effectivePolicy } from '../../domain/policy/project-policy.ts';
import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import { rankAtMs } from '../../domain/scheduling/ageing.ts';
import { decide } from '../../domain/scheduling/decide.ts';
import { foreseeWaiting } from '../../domain/scheduling/foresee.ts';
import type { Candidate } from '../../domain/scheduling/rank-candidates.ts';
import { isLeaving } from '../../domain/scheduling/holds.ts';
import { Room } from '../../domain/scheduling/room.ts';
import type { QueueEntry, Snapshot } from '../../domain/scheduling/snapshot.ts';
import { isPassed } from '../../domain/work/approval.ts';
import { classify, needsOf, withoutGate } from '../../domain/work/classify.ts';
import type { NewWorkItem } from '../../domain/work/normalise-submit.ts';
import type { WorkItem } from '../../domain/work/work-item.ts';
import type { NamedCandidate, Preview, Verdict } from '../../ports/ledger/routing-ledger.ts';
import type { Db } from './database.ts';
import { foreseeDependencies } from './dependencies.ts';
import type { RoutingRules } from './ledger-context.ts';
import { queuePosition } from './queue-position.ts';
import { createSpentReader, readHeldSlots } from './read-slot-use.ts';
import { lookAtQueue, readSnapshot, readTargets, toProjectUse } from './read-snapshot.ts';
import { toEntry } from './routing-entry.ts';

// Of the project's queue, as a granting round reads it.
const QUEUE_MAX = 200;

interface Bounds {
  readonly candidatesMax: number;
}

/** Reads what a granting round reads, adds the item, and asks the same rules; nothing is locked or written. */
export async function previewWork(
  db: Db,
  { item, submitter, candidatesMax }: { item: NewWorkItem; submitter: string } & Bounds,
  rules: RoutingRules,
): Promise<Preview> {
  const policy = await readPolicy(db, item.projectId, rules.defaultPolicy);
  const { snapshot, nowMs } = await readProjectSnapshot(db, item.projectId, { policy, rules });
  const entry: QueueEntry = {
    ...toEntry(item, { needs: needsOf(item, policy), submitter, enqueuedAtMs: nowMs }),
    notBeforeMs: item.notBefore === undefined ? 0 : Date.parse(item.notBefore),
  };
  const { room, ...seen } = look({ ...snapshot, queue: [...snapshot.queue, entry] }, entry, { nowMs, candidatesMax });
  const dependencies = await foreseeDependencies(db, item);
  const foreseen = dependencies.kind === 'ready' ? seen : { ...seen, chosen: null, reason: dependencies.reason };
  return {
    ...foreseen,
    classification: classify(item, policy),
    prospect: foreseen.chosen?.choice.kind ?? foreseeWaiting(entry, room),
    position: await positionOf(db, entry),
  };
}

/** The same for an item that stands in the queue. One whose backoff has not run out, or that is far behind, is put there as it will be. */
export async function verdictOn(db: Db, { item, candidatesMax }: { item: WorkItem } & Bounds, rules: RoutingRules): Promise<Verdict | null> {
  const row = await db.selectFrom('queue').selectAll().where('work_id', '=', item.id).executeTakeFirst();
  if (row === undefined) return null;
  const policy = await readPolicy(db, item.projectId, rules.defaultPolicy);
  const { snapshot, nowMs } = await readProjectSnapshot(db, item.projectId, { policy, rules });
  const entry: QueueEntry = snapshot.queue.find(({ workId }) => workId === item.id) ?? {
    ...toEntry(item, {
      needs: isPassed(item.approval) ? withoutGate(needsOf(item, policy)) : needsOf(item, policy),
      submitter: row.submitter,
      enqueuedAtMs: row.enqueued_at.getTime(),
    }),
    notBeforeMs: row.not_before.getTime(),
    failedTargetIds: row.failed_target_ids,
  };
  const queue = [...snapshot.queue.filter(({ workId }) => workId !== item.id), entry];
  const { room: _room, ...foreseen } = look({ ...snapshot, queue }, entry, { nowMs, candidatesMax });
  return { ...foreseen, classification: classify(item, policy) };
}

type Foreseen = Pick<Preview, 'chosen' | 'reason' | 'candidates' | 'candidatesTotal'> & { readonly room: Room };

/** What the next round decides about this entry of the queue, how it ranks everything for it, and what room that round leaves. */
function look(snapshot: Snapshot, entry: QueueEntry, { nowMs, candidatesMax }: { nowMs: number } & Bounds): Foreseen {
  const decisions = decide(snapshot, nowMs);
  const grant = decisions.grants.find(({ workId }) => workId === entry.workId);
  const room = new Room({ ...snapshot, agents: snapshot.agents.filter((agent) => !isLeaving(agent, snapshot)) });
  const others = new Map(snapshot.queue.map((other) => [other.workId, other]));
  for (const { workId, choice } of decisions.grants) room.take(others.get(workId) ?? entry, choice);
  const offers = room.offersFor(entry);
  const candidates = grant?.candidates ?? offers.list(entry, candidatesMax);
  const chosen = grant?.candidates.find(({ kept }) => kept);
  return {
    chosen: chosen === undefined ? null : named(chosen, snapshot),
    reason: decisions.waiting.find(({ workId }) => workId === entry.workId)?.reason ?? null,
    candidates: candidates.slice(0, candidatesMax).map((candidate) => named(candidate, snapshot)),
    candidatesTotal: offers.total,
    room,
  };
}

interface Standing {
  readonly policy: ProjectPolicy;
  readonly rules: RoutingRules;
}

/** What a round would see, as far as it is of this project. */
async function readProjectSnapshot(db: Db, projectId: ProjectId, { policy, rules }: Standing): Promise<{ snapshot: Snapshot; nowMs: number }> {
  const options = { ...rules, queueMax: QUEUE_MAX, after: null, readSpent: createSpentReader(), everyone: true };
  const { snapshot: whole, nowMs } = await readSnapshot(db, await lookAtQueue(db, options), options);
  const held = await readHeldSlots(db, projectId);
  const snapshot: Snapshot = {
    ...whole,
    queue: whole.queue.filter((other) => other.projectId === projectId),
    agents: whole.agents.filter((agent) => agent.projectId === projectId || agent.isPublic === true),
    targets: await readTargets(db, sql<boolean>`t.project_id = ${projectId}`),
    projects: [toProjectUse(projectId, policy, held)],
    held,
  };
  return { snapshot, nowMs };
}

async function readPolicy(db: Db, projectId: ProjectId, defaults: ProjectPolicy): Promise<ProjectPolicy> {
  const row = await db.selectFrom('projects').select('policy').where('id', '=', projectId).executeTakeFirst();
  return effectivePolicy(row?.policy ?? null, defaults);
}

async function positionOf(db: Db, { projectId, submitter, priority, enqueuedAtMs }: QueueEntry): Promise<number> {
  const position = queuePosition({
    projectId: sql<string>`${projectId}`,
    submitter: sql<string>`${submitter}`,
    priority: sql<number>`${priority}::smallint`,
    rankAt: sql<Date>`(to_timestamp(${rankAtMs({ priority, enqueuedAtMs })}::float8 / 1000) AT TIME ZONE 'UTC')`,
    // Behind everybody of the same moment.
    workId: sql<string>`'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid`,
  });
  const { rows } = await sql<{ position: number }>`SELECT ${position} AS position`.execute(db);
  return rows[0]?.position ?? 1;
}

function named(candidate: Candidate, { agents, targets }: Snapshot): NamedCandidate {
  const { choice } = candidate;
  const target = targets.find(({ id }) => id === choice.targetId);
  const agent = choice.kind === 'agent' ? agents.find(({ guid }) => guid === choice.agentGuid) : undefined;
  return { ...candidate, targetName: target?.name ?? null, agentType: agent?.agentType ?? target?.agentType ?? null };
}
