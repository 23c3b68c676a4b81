import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { ProjectId, WorkId } from '../../domain/ids.ts';
import { effectivePolicy } from '../../domain/policy/project-policy.ts';
import type { OwnPolicy, ProjectPolicy } from '../../domain/policy/project-policy.ts';
import { rankAtMs } from '../../domain/scheduling/ageing.ts';
import { expectationOf, foresee } from '../../domain/scheduling/foresee.ts';
import type { Expectation } from '../../domain/scheduling/foresee.ts';
import type { Snapshot } from '../../domain/scheduling/snapshot.ts';
import type { AgentType } from '../../domain/targets/target.ts';
import type { Needs } from '../../domain/work/classify.ts';
import type { WorkItem } from '../../domain/work/work-item.ts';
import type { MedianWaits, RoutingLedger, WaitKind } from '../../ports/ledger/routing-ledger.ts';
import { batched } from './batch.ts';
import type { Database, Db } from './database.ts';
import { needsKeyOf } from './enqueue.ts';
import { toJson } from './json.ts';
import type { LedgerContext, RoutingRules } from './ledger-context.ts';
import { previewWork, verdictOn } from './preview-work.ts';
import { readDecisions } from './read-decisions.ts';
import { isHeld } from './hold-ledger.ts';
import { reachesProject, readForeignAgents } from './foreign-agents.ts';
import type { OfEach } from './foreign-agents.ts';
import { readHeldSlots } from './read-slot-use.ts';
import { readFreeAgents, readTargets, toProjectUse } from './read-snapshot.ts';
import { toEntry } from './routing-entry.ts';

// Behind this many who need the same, an item waits in any case that is worth telling apart.
const AHEAD_MAX = 100;
// Asked for at once.
const FORESEEN_MAX = 64;
// The latest items of one kind; older ones say little about now.
const WAITS_MAX = 200;

interface Asked {
  readonly item: WorkItem;
  readonly needs: Needs;
}

/** Where work would go, as things are now. */
export function createRoutingLedger({ database, defaultPolicy, user }: LedgerContext): RoutingLedger {
  const rules = { defaultPolicy, user };
  const foreseen = batched((asked: readonly Asked[]) => database.read((db) => foreseeAll(db, asked, rules)), FORESEEN_MAX);
  return {
    foresee: async (item, needs) => (await foreseen({ item, needs })) ?? { prospect: 'nothing' },
    preview: (request) => database.read((db) => previewWork(db, request, rules)),
    verdictOn: (item, candidatesMax) => database.read((db) => verdictOn(db, { item, candidatesMax }, rules)),
    decisionsOf: (workId, page) => database.read((db) => readDecisions(db, workId, page)),
    medianWaits: (kind) => medianWaits(database, kind),
  };
}

/** Items that need the same share what is read for them. */
async function foreseeAll(db: Db, asked: readonly Asked[], rules: RoutingRules): Promise<ReadonlyMap<Asked, Expectation>> {
  const alike = new Map<string, Asked[]>();
  for (const one of asked) {
    const key = JSON.stringify([one.item.projectId, needsKeyOf(one.item), one.needs]);
    const group = alike.get(key);
    if (group === undefined) alike.set(key, [one]);
    else group.push(one);
  }
  const expected = new Map<Asked, Expectation>();
  for (const group of alike.values()) for (const [one, expectation] of await foreseeAlike(db, group, rules)) expected.set(one, expectation);
  return expected;
}

async function foreseeAlike(db: Db, group: readonly Asked[], { defaultPolicy, user }: RoutingRules): Promise<ReadonlyMap<Asked, Expectation>> {
  const [first] = group;
  if (first === undefined) return new Map();
  const { projectId } = first.item;
  const { places, project, held } = await readStanding(
    db,
    group.map(({ item }) => item),
    defaultPolicy,
  );
  const projects = [project];
  const fits = fitting(projectId, first.needs);
  const furthest = Math.max(0, ...[...places.values()].map(({ ahead }) => ahead));
  // Of each agent type enough of them for those ahead and this one; the rest changes nothing.
  const limit = Math.min(furthest, AHEAD_MAX) + 1;
  const ofEach = { agentTypes: first.needs.agentTypes, limit };
  const [started, foreign] = await Promise.all([
    readFreeAgents(db, firstFree(fits('s'), ofEach)),
    readForeignAgents(db, { user, only: sql<boolean>`${reachesProject(projectId, user)} AND ${foreignFitting(first.needs)}`, ofEach }),
  ]);
  const agents = [...started.filter(({ leaving }) => leaving !== true), ...foreign];
  const foreseeOne = ({ item, needs }: Asked, targets: Snapshot['targets']): Expectation => {
    const { own, ownType, ahead, submitter, held: waits } = places.get(item.id) ?? NOWHERE;
    if (own !== null) return expectationOf(own, ownType);
    return waits || ahead >= AHEAD_MAX
      ? { prospect: 'full' }
      : foresee(toEntry(item, { needs, submitter, enqueuedAtMs: Date.parse(item.offeredAt) }), { agents, targets, projects, held }, ahead);
  };
  const warm = new Map(group.map((one) => [one, foreseeOne(one, [])]));
  if ([...warm.values()].every(({ prospect }) => prospect === 'agent')) return warm;
  const targets = await readTargets(db, fits('t'));
  return new Map(group.map((one) => [one, foreseeOne(one, targets)]));
}

function fitting(projectId: ProjectId, { capability, boundary, agentTypes }: Needs): (alias: string) => RawBuilder<boolean> {
  return (alias) => sql<boolean>`${sql.ref(`${alias}.project_id`)} = ${projectId} AND ${capability} = any(${sql.ref(`${alias}.capabilities`)})
    AND ${boundary} = any(${sql.ref(`${alias}.boundaries`)}) AND ${sql.ref(`${alias}.agent_type`)} = any(${[...agentTypes]}::text[])`;
}

function firstFree(fits: RawBuilder<boolean>, { agentTypes, limit }: OfEach): RawBuilder<boolean> {
  return sql<boolean>`guid = any(ARRAY(SELECT f.guid FROM unnest(${[...agentTypes]}::text[]) AS wanted(agent_type) CROSS JOIN LATERAL (
    SELECT s.guid FROM sessions s WHERE s.state = 'free' AND s.agent_type = wanted.agent_type AND ${fits}
    ORDER BY s.free_since, s.guid LIMIT ${limit}) f))`;
}

function foreignFitting({ capability, boundary, agentTypes }: Needs): RawBuilder<boolean> {
  return sql<boolean>`a.offer -> 'capabilities' ? ${capability} AND a.offer -> 'boundaries' ? ${boundary} AND a.offer ->> 'agentType' = any(${[...agentTypes]}::text[])`;
}

interface Place {
  readonly id: WorkId;
  /** What the item was granted already. */
  readonly own: 'agent' | 'start' | null;
  /** Of the agent that has its slot, or of the target that one is started on. */
  readonly ownType: AgentType | null;
  /** Its project, or everything, is held up. */
  readonly held: boolean;
  readonly submitter: string;
  /** How many that need the same come before it. */
  readonly ahead: number;
}

const NOWHERE = { own: null, ownType: null, ahead: 0, submitter: '', held: false };

interface Standing {
  readonly places: ReadonlyMap<WorkId, Place>;
  readonly project: Snapshot['projects'][number];
  readonly held: Snapshot['held'];
}

/** The items are of one project and need the same. */
async function readStanding(db: Db, items: readonly WorkItem[], defaults: ProjectPolicy): Promise<Standing> {
  const [first] = items;
  if (first === undefined) throw new Error('nothing to stand anywhere');
  const asked = items.map(({ id, priority, offeredAt }) => ({ id, rankAtMs: rankAtMs({ priority, enqueuedAtMs: Date.parse(offeredAt) }) }));
  const held = await readHeldSlots(db, first.projectId);
  const { rows } = await sql<Place & { policy: OwnPolicy | null }>`
    WITH RECURSIVE lines AS (
      (SELECT q.submitter FROM queue q WHERE q.due AND q.project_id = ${first.projectId} AND q.needs_key = ${needsKeyOf(first)} ORDER BY q.submitter LIMIT 1)
      UNION ALL
      SELECT n.submitter FROM lines l CROSS JOIN LATERAL (
        SELECT q.submitter FROM queue q WHERE q.due AND q.project_id = ${first.projectId} AND q.needs_key = ${needsKeyOf(first)} AND q.submitter > l.submitter
        ORDER BY q.submitter LIMIT 1) n
    ), some_lines AS MATERIALIZED (SELECT submitter FROM lines LIMIT ${sql.lit(AHEAD_MAX)})
    SELECT i.id, p.policy, w.submitter, ${isHeld(sql`${first.projectId}`)} AS held,
      (SELECT g.kind FROM slots g WHERE g.work_id = i.id AND g.state <> 'released') AS own,
      (SELECT coalesce((SELECT s.agent_type FROM sessions s WHERE s.guid = g.agent_guid), (SELECT t.agent_type FROM targets t WHERE t.id = g.target_id),
        (SELECT a.offer ->> 'agentType' FROM agents a WHERE a.guid = g.agent_guid)) FROM slots g WHERE g.work_id = i.id AND g.state <> 'released') AS "ownType",
      (SELECT count(*) FROM (SELECT 1 FROM some_lines l CROSS JOIN LATERAL (
        SELECT 1 FROM queue q WHERE q.due AND q.project_id = ${first.projectId} AND q.needs_key = ${needsKeyOf(first)} AND q.submitter = l.submitter
          AND q.rank_at <= to_timestamp(i."rankAtMs" / 1000) AT TIME ZONE 'UTC' AND q.work_id <> i.id LIMIT ${sql.lit(AHEAD_MAX)}) o LIMIT ${sql.lit(AHEAD_MAX)}) a)::int AS ahead
    FROM jsonb_to_recordset(${toJson(asked)}::jsonb) AS i(id uuid, "rankAtMs" float8)
    LEFT JOIN work_items w ON w.id = i.id LEFT JOIN projects p ON p.id = ${first.projectId}`.execute(db);
  const policy = effectivePolicy(rows[0]?.policy ?? null, defaults);
  return { places: new Map(rows.map((row) => [row.id, row])), project: toProjectUse(first.projectId, policy, held), held };
}

async function medianWaits(database: Database, { projectId, capability, boundary }: WaitKind): Promise<MedianWaits> {
  const result = await database.read((db) =>
    sql<MedianWaits>`
      WITH latest AS (
        SELECT greatest(extract(epoch FROM w.assigned_at - w.offered_at), 0)::float8 AS waited, g.kind FROM work_items w
        JOIN slots g ON g.work_id = w.id AND g.fence = w.fence
        WHERE w.project_id = ${projectId} AND w.capability = ${capability} AND w.boundary = ${boundary}
          AND w.assigned_at IS NOT NULL AND w.attempts = 1 AND w.retries = 0
        ORDER BY w.assigned_at DESC LIMIT ${sql.lit(WAITS_MAX)}
      )
      SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) AS all,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) FILTER (WHERE kind = 'agent') AS agent,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) FILTER (WHERE kind = 'start') AS start
      FROM latest`.execute(db),
  );
  return result.rows[0] ?? { all: null, agent: null, start: null };
}
