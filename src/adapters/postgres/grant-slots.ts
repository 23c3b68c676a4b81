import { sql } from 'kysely';
import type { AgentGuid, GrantId } from '../../domain/ids.ts';
import { decide } from '../../domain/scheduling/decide.ts';
import type { Decisions } from '../../domain/scheduling/decide.ts';
import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import type { LedgerRound, Retirement } from '../../domain/scheduling/grant.ts';
import type { SlotLedger } from '../../ports/ledger/slot-ledger.ts';
import { askForApproval, expireApprovals, withdrawAsking } from './approvals.ts';
import type { Tx } from './database.ts';
import type { LedgerContext } from './ledger-context.ts';
import { createExpiredReader } from './read-expired.ts';
import { readGrants } from './read-grants.ts';
import { admitDue } from './read-queue.ts';
import type { LineKey } from './read-queue.ts';
import { createSpentReader } from './read-slot-use.ts';
import { lookAtQueue, readSnapshot } from './read-snapshot.ts';
import type { QueueLook, QueueSnapshot, SnapshotOptions } from './read-snapshot.ts';
import { halfOpenDue } from './target-breaker.ts';
import { releaseDependents } from './release-dependents.ts';
import type { DependentsRound } from './release-dependents.ts';
import { lockGrants, writeGrants } from './write-grants.ts';
import { writeSpinUps } from './write-spin-ups.ts';
import { writeReasons, writeRetirements } from './write-waiting.ts';

// Any number will do, so long as all processes use the same one ("slot" in ASCII).
const GRANT_LOCK = 0x73_6c_6f_74;
// Items whose row is locked by a transition of their own are passed over; soon they are worth another look.
const PASSED_OVER_RETRY_MS = 100;
const RETIRED_MAX = 200;
// Of a session that an earlier version retired.
const EARLIER_REASON: Retirement['reason'] = 'idle';
const STARTS_MAX = 50;

type Bounds = Parameters<SlotLedger['grantSlots']>[0] &
  Pick<SnapshotOptions, 'after' | 'readSpent'> & { readonly readExpired: ReturnType<typeof createExpiredReader> };

/** The only writer of new slots. */
export function createSlotLedger(context: LedgerContext): SlotLedger {
  const { database } = context;
  const readSpent = createSpentReader();
  const readExpired = createExpiredReader();
  // Where the last round of this process left off when there were more lines than a round reads.
  let after: LineKey | null = null;
  return {
    grantSlots: async (bounds) => {
      const { lastLine, ...round } = await database.transact((tx) => grantRound(tx, { ...bounds, after, readSpent, readExpired }, context));
      after = lastLine;
      return round;
    },
    recordStarted: async (guids) => {
      if (guids.length === 0) return;
      await database.read((db) =>
        db
          .updateTable('spin_ups')
          .set({ workflow_seen_at: sql<Date>`now()` })
          .where('agent_guid', '=', sql<string>`any(${guids}::text[])`)
          .execute(),
      );
    },
  };
}

async function grantRound(
  tx: Tx,
  { grantsMax, resendMs, ...bounds }: Bounds,
  { defaultPolicy, defaultIdleTimeoutMs, user }: LedgerContext,
): Promise<LedgerRound & Pick<QueueSnapshot, 'lastLine'>> {
  const { look, dependents, rejected, deadlines } = await beginRound(tx, bounds, defaultPolicy);
  const { snapshot, nowMs, nextDueMs, reasons, rules, cut, lastLine, ...approvals } = await readSnapshot(tx, look, { ...bounds, defaultPolicy, user });
  const decisions = decide(snapshot, nowMs, grantsMax);
  // Before the new ones, which count as told from their insertion.
  const [again, granted] = await Promise.all([retell(tx, { resendMs, limit: grantsMax }), lockGrants(tx, decisions.grants, rules)]);
  const writeOthers = async (): Promise<Untold & { left: boolean }> => {
    const { left } = await writeSpinUps(tx, decisions.spinUps, defaultIdleTimeoutMs);
    await writeReasons(
      tx,
      decisions.waiting.filter(({ workId, reason }) => reasons.get(workId) !== reason),
    );
    await writeAsking(tx, decisions, { ...approvals, queue: snapshot.queue });
    await writeRetirements(tx, decisions.retire);
    return { ...(await readUntold(tx)), left };
  };
  // All asked for at once, and the new ones first.
  const grantIds = [...granted.map(({ grantId }) => grantId), ...again];
  const [, grants, { unanswered, retired, starts, left }] = await Promise.all([
    writeGrants(tx, granted, snapshot.targets),
    readGrants(tx, grantIds),
    writeOthers(),
  ]);
  const moments = [
    granted.length < decisions.grants.length || left || dependents.left ? nowMs + PASSED_OVER_RETRY_MS : null,
    unanswered ? nowMs + resendMs : null,
    decisions.lookAgainAtMs,
    nextDueMs === null ? null : Math.max(nextDueMs, nowMs + PASSED_OVER_RETRY_MS),
    deadlines.nextAtMs,
  ];
  return {
    grants,
    retire: retired,
    starts,
    failedDependents: dependents.failed,
    rejected,
    expired: deadlines.expired,
    lookAgainInMs: soonest(moments, nowMs),
    more: decisions.cut || lastLine !== null || (cut && granted.length > 0),
    lastLine,
  };
}

interface Begun {
  readonly look: QueueLook;
  readonly dependents: DependentsRound;
  readonly rejected: LedgerRound['rejected'];
  readonly deadlines: Awaited<ReturnType<Bounds['readExpired']>>;
}

/** Locks, and sees to what time or others have brought about since the last round, which changes the queue; most rounds find nothing of that. */
async function beginRound(tx: Tx, bounds: Pick<Bounds, 'queueMax' | 'after' | 'readExpired'>, defaultPolicy: ProjectPolicy): Promise<Begun> {
  // Before everything else, so that no two rounds see the same room; the statement's own limit bounds the wait.
  const [, , look, deadlines] = await Promise.all([
    sql`SELECT pg_advisory_xact_lock(${GRANT_LOCK})`.execute(tx),
    admitDue(tx),
    lookAtQueue(tx, bounds),
    bounds.readExpired(tx),
  ]);
  if (!look.anyDue) return { look, deadlines, dependents: { failed: [], left: false }, rejected: [] };
  const [, dependents, rejected] = await Promise.all([halfOpenDue(tx), releaseDependents(tx), expireApprovals(tx, defaultPolicy)]);
  return { look: await lookAtQueue(tx, bounds), deadlines, dependents, rejected };
}

/** Who waits for a person from now on, and who no longer does because no policy demands it any more. */
async function writeAsking(
  tx: Tx,
  { waiting, grants }: Decisions,
  { asked, askFor, queue }: Pick<QueueSnapshot, 'asked' | 'askFor'> & Pick<QueueSnapshot['snapshot'], 'queue'>,
): Promise<void> {
  const asks = waiting.flatMap(({ workId, needsApproval }) => {
    const how = askFor.get(workId);
    return needsApproval === true && how !== undefined && !asked.has(workId) ? [[workId, how] as const] : [];
  });
  await askForApproval(tx, new Map(asks));
  if (asked.size === 0) return;
  const granted = new Set(grants.map(({ workId }) => workId));
  const free = queue.filter(({ workId, needs }) => asked.has(workId) && needs.gate === undefined && !granted.has(workId));
  await withdrawAsking(
    tx,
    free.map(({ workId }) => workId),
  );
}

function soonest(moments: readonly (number | null)[], nowMs: number): number | null {
  const known = moments.filter((moment) => moment !== null);
  return known.length === 0 ? null : Math.max(1, Math.ceil(Math.min(...known) - nowMs));
}

/** Grants whose items have not answered for so long that they are told again. */
async function retell(tx: Tx, { resendMs, limit }: { resendMs: number; limit: number }): Promise<readonly GrantId[]> {
  const rows = await tx
    .updateTable('slots')
    .set({ told_at: sql<Date>`now()` })
    .where('grant_id', 'in', (from) =>
      from
        .selectFrom('slots')
        .select('grant_id')
        .where('state', '=', 'granted')
        .where('told_at', '<=', sql<Date>`now() - make_interval(secs => ${resendMs / 1000})`)
        .orderBy('told_at')
        .limit(limit)
        .forNoKeyUpdate()
        .skipLocked(),
    )
    .returning('grant_id')
    .execute();
  return rows.map(({ grant_id: grantId }) => grantId);
}

interface Untold {
  readonly unanswered: boolean;
  readonly retired: LedgerRound['retire'];
  readonly starts: readonly AgentGuid[];
}

/** Whether any grant is unanswered, the retired sessions, and those that were asked to stop, whose workflow has not begun to end them, and those without a workflow. */
async function readUntold(tx: Tx): Promise<Untold> {
  const result = await sql<Untold>`
    SELECT EXISTS (SELECT 1 FROM slots WHERE state = 'granted') AS unanswered,
      (SELECT coalesce(json_agg(json_build_object('agentGuid', s.guid, 'reason', coalesce(s.stop_reason, ${EARLIER_REASON}::text))), '[]') FROM (
        (SELECT guid, stop_reason FROM sessions WHERE state = 'draining' AND end_cause IS NULL AND retired_at IS NOT NULL
        ORDER BY updated_at LIMIT ${RETIRED_MAX}) UNION (SELECT guid, stop_reason FROM sessions
        WHERE shutdown_requested_at IS NOT NULL AND end_cause IS NULL AND state <> 'gone' ORDER BY updated_at LIMIT ${RETIRED_MAX})) s) AS retired,
      ARRAY(SELECT agent_guid FROM spin_ups WHERE status = 'in-progress' AND workflow_seen_at IS NULL
        ORDER BY started_at LIMIT ${STARTS_MAX}) AS starts`.execute(tx);
  return result.rows[0] ?? { unanswered: false, retired: [], starts: [] };
}
