import { sql } from 'kysely';
import type { WorkId } from '../../domain/ids.ts';
import { judgeDependencies } from '../../domain/work/dependencies.ts';
import type { WaitDecision } from '../../domain/scheduling/decide.ts';
import { SETTLED_PHASES } from '../../domain/work/work-item.ts';
import { WAITS_FOR_SLOT } from './admit.ts';
import type { Tx } from './database.ts';
import { noteEnds, readDependencies } from './dependencies.ts';
import { enqueueAll } from './enqueue.ts';
import { lockItems } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { tellReasons } from './write-waiting.ts';

// Of one round; the rest is left to the next one, which follows at once.
const ENDED_MAX = 50;
const DEPENDENTS_MAX = 200;

export interface DependentsRound {
  /** Items that fail because one that they depend on did; their workflows are to be told. */
  readonly failed: readonly WaitDecision[];
  /** Some are left, because they are many or because somebody else has locked them. */
  readonly left: boolean;
}

/** What has ended since the last round is noted by the items that depend on it: those that wait for nothing else enter the queue. */
export async function releaseDependents(tx: Tx): Promise<DependentsRound> {
  const ended = await lockEnded(tx);
  if (ended.length === 0) return { failed: [], left: false };
  const dependents = await lockDependents(tx, ended);
  const workIds = dependents.map(({ id }) => id);
  await noteEnds(tx, workIds);
  const left = await forgetEnded(tx, ended);
  const dependencies = await readDependencies(tx, workIds);
  // One that is not admitted yet looks by itself when it is.
  const waiting = dependents.filter(({ phase, run_id, cancel_requested_at }) => phase === 'waiting' && run_id !== null && cancel_requested_at === null);
  const verdicts = waiting.map((item) => ({ item, verdict: judgeDependencies(dependencies.get(item.id) ?? [], item.on_dependency_failure ?? 'fail') }));
  const ready = verdicts.flatMap(({ item, verdict }) => (verdict.kind === 'ready' ? [item] : []));
  await enqueueAll(tx, ready, { delayMs: 0, since: 'now' });
  await tellReasons(
    tx,
    verdicts.flatMap(({ item, verdict }) =>
      verdict.kind === 'failed' ? [] : [{ workId: item.id, reason: verdict.kind === 'ready' ? WAITS_FOR_SLOT : verdict.reason }],
    ),
  );
  return { failed: verdicts.flatMap(({ item, verdict }) => (verdict.kind === 'failed' ? [{ workId: item.id, reason: verdict.reason }] : [])), left };
}

async function lockEnded(tx: Tx): Promise<readonly WorkId[]> {
  const { rows } = await sql<{ id: WorkId }>`
    SELECT id FROM work_items WHERE dependents_due ORDER BY id LIMIT ${ENDED_MAX} FOR NO KEY UPDATE SKIP LOCKED`.execute(tx);
  return rows.map(({ id }) => id);
}

async function lockDependents(tx: Tx, ended: readonly WorkId[]): Promise<readonly LockedItem[]> {
  const { rows } = await sql<{ id: WorkId }>`
    SELECT DISTINCT work_id AS id FROM work_dependencies WHERE depends_on_id = any(${ended}::uuid[]) AND outcome IS NULL
    ORDER BY work_id LIMIT ${DEPENDENTS_MAX}`.execute(tx);
  return lockItems(
    tx,
    rows.map(({ id }) => id),
  );
}

/** Nobody waits for them any more, or they were driven again and have not ended after all. True when some are left. */
async function forgetEnded(tx: Tx, ended: readonly WorkId[]): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    UPDATE work_items w SET dependents_due = false
    WHERE w.id = any(${ended}::uuid[]) AND (w.phase <> all(${[...SETTLED_PHASES]}::text[])
      OR NOT EXISTS (SELECT 1 FROM work_dependencies d WHERE d.depends_on_id = w.id AND d.outcome IS NULL))`.execute(tx);
  return numAffectedRows < BigInt(ended.length) || ended.length === ENDED_MAX;
}
