import { sql } from 'kysely';
import { effectivePolicy } from '../../domain/policy/project-policy.ts';
import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import { decide } from '../../domain/scheduling/decide.ts';
import { foresee } from '../../domain/scheduling/foresee.ts';
import { rankCandidates } from '../../domain/scheduling/rank-candidates.ts';
import type { Candidate } from '../../domain/scheduling/rank-candidates.ts';
import { Room } from '../../domain/scheduling/room.ts';
import type { Snapshot } from '../../domain/scheduling/snapshot.ts';
import { classify, needsOf } from '../../domain/work/classify.ts';
import type { NewWorkItem } from '../../domain/work/normalise-submit.ts';
import type { NamedCandidate, Preview } from '../../ports/ledger/routing-ledger.ts';
import type { Db } from './database.ts';
import { readSnapshot, readTargets } from './read-snapshot.ts';
import { toEntry } from './routing-entry.ts';

// Of the project's queue, as a granting round reads it.
const QUEUE_MAX = 200;
const POSITION_MAX = 10_000;

/** Reads what a granting round reads, adds the item, and asks the same rules; nothing is locked or written. */
export async function previewWork(db: Db, { item, candidatesMax }: { item: NewWorkItem; candidatesMax: number }, defaults: ProjectPolicy): Promise<Preview> {
  const { projectId } = item;
  const project = await readProject(db, item, defaults);
  const { snapshot: whole, nowMs } = await readSnapshot(db, { queueMax: QUEUE_MAX, defaultPolicy: defaults });
  const entry = toEntry(item, needsOf(item, project.policy), nowMs);
  const snapshot: Snapshot = {
    ...whole,
    queue: whole.queue.filter((other) => other.projectId === projectId),
    agents: whole.agents.filter((agent) => agent.projectId === projectId),
    targets: await readTargets(db, sql<boolean>`t.project_id = ${projectId}`),
    projects: [{ projectId, slotsMax: project.policy.slotsMax, slotsHeld: project.slotsHeld }],
  };
  const decisions = decide({ ...snapshot, queue: [...snapshot.queue, entry] }, nowMs);
  const grant = decisions.grants.find(({ workId }) => workId === entry.workId);
  const room = new Room(snapshot);
  for (const { choice } of decisions.grants) room.take(projectId, choice);
  const candidates = grant?.candidates ?? rankCandidates(entry, room);
  return {
    classification: classify(item, project.policy),
    prospect: grant?.choice.kind ?? foresee(entry, snapshot, Number.MAX_SAFE_INTEGER),
    chosen: grant?.choice ?? null,
    reason: decisions.waiting.find(({ workId }) => workId === entry.workId)?.reason ?? null,
    candidates: candidates.slice(0, candidatesMax).map((candidate) => named(candidate, snapshot)),
    candidatesTotal: candidates.length,
    position: project.before + 1,
  };
}

async function readProject(db: Db, { projectId, priority }: NewWorkItem, defaults: ProjectPolicy) {
  const { rows } = await sql<{ held: number; before: number }>`
    SELECT (SELECT count(*) FROM slots s WHERE s.project_id = ${projectId} AND s.state <> 'released')::int AS held,
      (SELECT count(*) FROM (SELECT 1 FROM queue q WHERE q.project_id = ${projectId} AND q.priority >= ${priority} LIMIT ${sql.lit(POSITION_MAX)}) b)::int AS before`.execute(
    db,
  );
  const row = await db.selectFrom('projects').select('policy').where('id', '=', projectId).executeTakeFirst();
  return { policy: effectivePolicy(row?.policy ?? null, defaults), slotsHeld: rows[0]?.held ?? 0, before: rows[0]?.before ?? 0 };
}

function named(candidate: Candidate, { agents, targets }: Snapshot): NamedCandidate {
  const { choice } = candidate;
  const target = targets.find(({ id }) => id === choice.targetId);
  const agent = choice.kind === 'agent' ? agents.find(({ guid }) => guid === choice.agentGuid) : undefined;
  return { ...candidate, targetName: target?.name ?? null, agentType: agent?.agentType ?? target?.agentType ?? null };
}
