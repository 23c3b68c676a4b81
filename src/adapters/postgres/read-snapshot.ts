import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { ProjectId } from '../../domain/ids.ts';
import { boundaryRuleOf } from '../../domain/policy/project-policy.ts';
import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import type { QueueEntry, Snapshot, TargetBreaker, TargetCapacity } from '../../domain/scheduling/snapshot.ts';
import type { Breaker, BreakerCause } from '../../domain/targets/breaker.ts';
import type { Target } from '../../domain/targets/target.ts';
import { isApproved } from '../../domain/work/approval.ts';
import { needsOf, withoutGate } from '../../domain/work/classify.ts';
import type { AskFor } from './approvals.ts';
import type { Db } from './database.ts';
import { toClassifiable } from './enqueue.ts';
import { readHolds } from './hold-ledger.ts';
import { readForeignAgents } from './foreign-agents.ts';
import type { RoutingRules } from './ledger-context.ts';
import { readPolicies } from './read-policies.ts';
import { readQueue } from './read-queue.ts';
import type { LineKey, QueueRead, QueueRow } from './read-queue.ts';
import { readHeldSlots } from './read-slot-use.ts';
import type { createSpentReader } from './read-slot-use.ts';
import { present } from './to-work-item.ts';

// One per target at most.
const SPIN_UPS_MAX = 1000;

export interface QueueSnapshot {
  readonly snapshot: Snapshot;
  readonly nowMs: number;
  /** The reason that each item's row shows now. */
  readonly reasons: ReadonlyMap<string, string | null>;
  /** The rule of each item's boundary that says what it needs. */
  readonly rules: ReadonlyMap<string, string>;
  /** Those that a person has been asked about. */
  readonly asked: ReadonlySet<string>;
  /** How to ask about each item for which a person would have to be asked. */
  readonly askFor: ReadonlyMap<string, AskFor>;
  /** When the next backoff of an item that is not in the snapshot, the time of an open breaker, or the next approval, runs out. */
  readonly nextDueMs: number | null;
  /** Some due items did not fit in. */
  readonly cut: boolean;
  /** Where the next round goes on; null: at the beginning. */
  readonly lastLine: LineKey | null;
}

export interface SnapshotOptions extends RoutingRules {
  readonly queueMax: number;
  /** Where an earlier round left off. */
  readonly after: LineKey | null;
  readonly readSpent: ReturnType<typeof createSpentReader>;
  /** See `readForeignAgents`. */
  readonly everyone?: boolean;
}

/** The queue at one moment. */
export interface QueueLook extends QueueRead {
  readonly nowMs: number;
  /** See `QueueSnapshot`. */
  readonly nextDueMs: number | null;
  readonly anySpinUps: boolean;
  /** Something waits for a round that does not stand in the queue, or stands there in another way: a breaker, an approval, or an end that others depend on. */
  readonly anyDue: boolean;
}

/** To be asked for together with the granting lock, and after it. */
export async function lookAtQueue(tx: Db, { queueMax, after }: Pick<SnapshotOptions, 'queueMax' | 'after'>): Promise<QueueLook> {
  // The moment after the lock was given, on the ledger's own clock; `now()` is when the transaction began to wait for it.
  const reading = sql<Omit<QueueLook, keyof QueueRead>>`
    SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs",
      floor(extract(epoch FROM least(
        (SELECT min(not_before) FROM queue WHERE NOT due),
        (SELECT min(approval_expires_at) FROM queue WHERE approval_asked_at IS NOT NULL),
        (SELECT min(breaker_until) FROM targets WHERE breaker_state = 'open' AND removed_at IS NULL))) * 1000)::float8 AS "nextDueMs",
      EXISTS (SELECT 1 FROM spin_ups WHERE status = 'pending') AS "anySpinUps",
      EXISTS (SELECT 1 FROM work_items WHERE dependents_due)
        OR EXISTS (SELECT 1 FROM queue WHERE approval_asked_at IS NOT NULL AND approval_expires_at <= clock_timestamp())
        OR EXISTS (SELECT 1 FROM targets WHERE breaker_state = 'open' AND breaker_until <= clock_timestamp() AND removed_at IS NULL) AS "anyDue"`.execute(tx);
  const [clock, queue] = await Promise.all([reading, readQueue(tx, { queueMax, after })]);
  return { ...(clock.rows[0] ?? { nowMs: 0, nextDueMs: null, anySpinUps: false, anyDue: false }), ...queue };
}

/** Everything `decide` may know, as it is now. The caller holds the granting lock, so nothing but shrinking happens meanwhile. */
export async function readSnapshot(
  tx: Db,
  look: QueueLook,
  { defaultPolicy, user, readSpent, everyone = false }: RoutingRules & Pick<SnapshotOptions, 'readSpent' | 'everyone'>,
): Promise<QueueSnapshot> {
  const { rows, cut, lastLine, nowMs, nextDueMs, anySpinUps } = look;
  // With nobody to place, only the agents that may be retired matter.
  const nobody = rows.length === 0;
  const [held, policies, spinUps, own, foreign, targets, spent, holds] = await Promise.all([
    nobody ? [] : readHeldSlots(tx),
    nobody ? new Map<ProjectId, ProjectPolicy>() : readPolicies(tx, [...new Set(rows.map((row) => row.project_id))], defaultPolicy),
    anySpinUps ? readSpinUps(tx) : [],
    readFreeAgents(tx),
    nobody ? [] : readForeignAgents(tx, { user, everyone }),
    nobody && !anySpinUps ? [] : readTargets(tx),
    nobody ? [] : readSpent(tx, nowMs),
    readHolds(tx),
  ]);
  const snapshot: Snapshot = {
    queue: rows.map((row) => toQueueEntry(row, policies.get(row.project_id) ?? defaultPolicy)),
    spinUps,
    agents: [...own, ...foreign],
    targets,
    projects: [...policies].map(([projectId, policy]) => toProjectUse(projectId, policy, held)),
    held,
    spent,
    holds,
  };
  return {
    snapshot,
    nowMs,
    nextDueMs,
    reasons: new Map(rows.map((row) => [row.work_id, row.reason])),
    rules: new Map(rows.map((row) => [row.work_id, boundaryRuleOf(policies.get(row.project_id) ?? defaultPolicy, row.boundary).name])),
    asked: new Set(rows.filter((row) => row.approval_asked).map((row) => row.work_id)),
    askFor: new Map(
      rows.flatMap((row) => {
        const { approval } = policies.get(row.project_id) ?? defaultPolicy;
        return approval === undefined ? [] : [[row.work_id, approval] as const];
      }),
    ),
    cut,
    lastLine,
  };
}

/** What it needs is asked of the policy as it is now: a rule that was tightened while the item waited holds for it. */
function toQueueEntry(row: QueueRow, policy: ProjectPolicy): QueueEntry {
  return {
    workId: row.work_id,
    projectId: row.project_id,
    needs: isApproved(row) ? withoutGate(needsOf(toClassifiable(row), policy)) : needsOf(toClassifiable(row), policy),
    submitter: row.submitter,
    priority: row.priority,
    enqueuedAtMs: row.enqueued_ms,
    lastGrantAtMs: row.last_grant_ms,
    notBeforeMs: row.not_before_ms,
    waitsForOldAgent: row.waits_for_old_agent,
    failedTargetIds: row.failed_target_ids,
  };
}

/** Those of which `only` holds, the longest free first. */
export async function readFreeAgents(tx: Db, only: RawBuilder<boolean> = sql<boolean>`true`): Promise<Snapshot['agents']> {
  const rows = await tx
    .selectFrom('sessions')
    .select(['guid', 'project_id', 'target_id', 'mechanism', 'agent_type', 'capabilities', 'boundaries', 'free_since', 'idle_timeout_ms'])
    .select(sql<boolean>`EXISTS (SELECT 1 FROM targets t WHERE t.id = sessions.target_id AND t.draining)`.as('leaving'))
    // Its name as it is now: a gate is closed by name.
    .select(sql<string>`(SELECT t.name FROM targets t WHERE t.id = sessions.target_id)`.as('target_now'))
    .where('state', '=', 'free')
    .where(only)
    .orderBy('free_since')
    .orderBy('guid')
    .execute();
  return rows.map((row) => ({
    guid: row.guid,
    projectId: row.project_id,
    targetId: row.target_id,
    targetName: row.target_now,
    mechanism: row.mechanism,
    agentType: row.agent_type,
    capabilities: row.capabilities,
    boundaries: row.boundaries,
    freeSinceMs: row.free_since?.getTime() ?? 0,
    idleTimeoutMs: row.idle_timeout_ms,
    ...(row.leaving ? { leaving: true } : {}),
  }));
}

async function readSpinUps(tx: Db): Promise<Snapshot['spinUps']> {
  const rows = await tx
    .selectFrom('spin_ups')
    .select(['id', 'target_id', 'requested_at', 'timeout_at'])
    .where('status', '=', 'pending')
    .orderBy('requested_at')
    .limit(SPIN_UPS_MAX)
    .execute();
  return rows.map((row) => ({
    operationId: row.id,
    targetId: row.target_id,
    requestedAtMs: row.requested_at.getTime(),
    timeoutAtMs: row.timeout_at.getTime(),
  }));
}

/** `held` is counted in one statement: a start that becomes a session between two statements would be missed by both. */
export async function readTargets(tx: Db, only: RawBuilder<boolean> = sql<boolean>`true`): Promise<Snapshot['targets']> {
  const rows = await tx
    .selectFrom('targets as t')
    .select(['t.id', 't.name', 't.project_id', 't.agent_type', 't.capabilities', 't.boundaries', 't.mechanism', 't.disabled_at', 't.host_id', 't.agents_max'])
    .select(
      sql<number>`((SELECT count(*) FROM sessions s WHERE s.target_id = t.id AND s.state <> 'gone')
        + (SELECT count(*) FROM slots g WHERE g.target_id = t.id AND g.kind = 'start' AND g.state = 'granted'))::int`.as('held'),
    )
    .select(['t.breaker_state', 't.breaker_cause', 't.limits', STARTED.as('started'), RESTS_UNTIL.as('rests_until_ms')])
    .select(
      sql<number>`CASE WHEN t.breaker_state <> 'half-open' THEN 0 ELSE (SELECT count(*) FROM sessions s WHERE s.target_id = t.id AND s.state = 'starting')
        + (SELECT count(*) FROM slots g WHERE g.target_id = t.id AND g.kind = 'start' AND g.state = 'granted') END::int`.as('under_way'),
    )
    .select(sql<boolean>`EXISTS (SELECT 1 FROM hosts h WHERE h.id = t.host_id AND h.open)`.as('host_open'))
    .where('t.removed_at', 'is', null)
    .where(only)
    .orderBy('t.id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    projectId: row.project_id,
    agentType: row.agent_type,
    capabilities: row.capabilities,
    boundaries: row.boundaries,
    mechanism: row.mechanism,
    disabled: row.disabled_at !== null,
    hostId: row.host_id,
    hostOpen: row.host_open,
    agentsMax: row.agents_max,
    held: row.held,
    ...startLimitsOf(row),
    ...(row.breaker_state === 'closed' ? {} : { breaker: toTargetBreaker(row) }),
  }));
}

interface Started {
  readonly count: number;
  readonly oldest_ms: number | null;
}

// Only where somebody asks for it.
const STARTED = sql<Started | null>`CASE WHEN t.limits ->> 'startsPerMinuteMax' IS NOT NULL THEN (
  SELECT jsonb_build_object('count', count(*), 'oldest_ms', floor(extract(epoch FROM min(b.at)) * 1000)) FROM (
    SELECT s.created_at AS at FROM sessions s WHERE s.target_id = t.id AND s.created_at > clock_timestamp() - interval '1 minute'
    UNION ALL SELECT g.created_at FROM slots g WHERE g.target_id = t.id AND g.kind = 'start' AND g.state = 'granted') b) END`;
const RESTS_UNTIL = sql<number | null>`CASE
  WHEN t.start_failed_at + make_interval(secs => (t.limits ->> 'failedStartCooldownMs')::float8 / 1000) > clock_timestamp()
  THEN ceil(extract(epoch FROM t.start_failed_at) * 1000 + (t.limits ->> 'failedStartCooldownMs')::float8)::float8 END`;

function startLimitsOf(row: {
  limits: Target['limits'];
  started: Started | null;
  rests_until_ms: number | null;
}): Pick<TargetCapacity, 'startRate' | 'restsUntilMs'> {
  const perMinuteMax = row.limits.startsPerMinuteMax;
  return {
    ...(perMinuteMax === undefined || row.started === null
      ? {}
      : { startRate: { perMinuteMax, withinMinute: row.started.count, oldestMs: row.started.oldest_ms } }),
    ...(row.rests_until_ms === null ? {} : { restsUntilMs: row.rests_until_ms }),
  };
}

function toTargetBreaker({
  breaker_state: state,
  breaker_cause: cause,
  under_way,
}: {
  breaker_state: Breaker['state'];
  breaker_cause: BreakerCause | null;
  under_way: number;
}): TargetBreaker {
  return state === 'half-open' ? { state, cause, startsUnderWay: under_way } : { state: 'open', cause };
}

/** What a project may hold, and holds. */
export function toProjectUse(projectId: ProjectId, policy: ProjectPolicy, held: Snapshot['held']): Snapshot['projects'][number] {
  const { slotsMax, weight = 1, slotsMaxByMechanism, slotsMaxByCapability, slotsMaxBySubmitter } = policy;
  const own = held.filter((one) => one.projectId === projectId);
  const slotsHeld = own.reduce((sum, { slots }) => sum + slots, 0);
  return { projectId, slotsMax, weight, slotsHeld, ...present({ slotsMaxByMechanism, slotsMaxByCapability, slotsMaxBySubmitter }) };
}
