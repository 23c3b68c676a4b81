import { sql } from 'kysely';
import type { EventName } from '../../domain/events/event.ts';
import type { Fence, WorkId } from '../../domain/ids.ts';
import type { WorkAttempt } from '../../domain/work/attempt.ts';
import { isCounted } from '../../domain/work/retry-rules.ts';
import type { Db } from './database.ts';
import { present } from './to-work-item.ts';

const ENDS = ['work:attempt-failed', 'work:queued', 'work:completed', 'work:failed', 'work:cancelled'] as const satisfies readonly EventName[];

const OUTCOME: Readonly<Record<(typeof ENDS)[number], WorkAttempt['outcome']>> = {
  'work:attempt-failed': 'failed',
  'work:queued': 'refused',
  'work:completed': 'completed',
  'work:failed': 'failed',
  'work:cancelled': 'cancelled',
};

interface End {
  readonly type: (typeof ENDS)[number];
  readonly at: Date;
  readonly data: {
    readonly failureClass?: NonNullable<WorkAttempt['failureClass']>;
    readonly errorMessage?: string;
    readonly reason?: string;
    readonly code?: string;
    readonly retryInMs?: number;
    readonly counted?: boolean;
  };
}

/** The tries of an item under fences below `beforeFence`, the newest first: its slots that were taken, and the first event that ended each. */
export async function readAttempts(db: Db, workId: WorkId, { beforeFence, limit }: { beforeFence: Fence; limit: number }): Promise<readonly WorkAttempt[]> {
  const slots = await db
    .selectFrom('slots as s')
    .leftJoin('targets as t', 't.id', 's.target_id')
    .select(['s.fence', 's.attempt', 's.agent_guid', 's.target_id', 't.name', 's.created_at'])
    .where('s.work_id', '=', workId)
    .where('s.attempt', 'is not', null)
    .where('s.fence', '<', beforeFence)
    .orderBy('s.fence', 'desc')
    .limit(limit)
    .execute();
  const ends = await readEnds(
    db,
    workId,
    slots.map(({ fence }) => fence),
  );
  return slots.map((slot) => ({
    attempt: slot.attempt ?? 0, // selected above
    fence: slot.fence,
    startedAt: slot.created_at.toISOString(),
    ...present({ agentGuid: slot.agent_guid, targetId: slot.target_id, targetName: slot.name }),
    ...describeEnd(ends.get(slot.fence)),
  }));
}

async function readEnds(db: Db, workId: WorkId, fences: readonly Fence[]): Promise<ReadonlyMap<Fence, End>> {
  const rows = await db
    .selectFrom('events')
    .select(['fence', 'type', 'at', 'data'])
    .where('entity_type', '=', 'work')
    .where('entity_id', '=', workId)
    .where('type', 'in', ENDS)
    .where('fence', '=', sql<number>`any(${fences}::int[])`)
    // The first of each fence stands last in the map, and stays.
    .orderBy('seq', 'desc')
    .execute();
  return new Map(rows.map((row) => [row.fence ?? 0, row as unknown as End])); // as requeue and settle write them
}

function describeEnd(end: End | undefined): Pick<WorkAttempt, 'outcome' | 'counted'> & Partial<WorkAttempt> {
  if (end === undefined) return { outcome: 'under-way', counted: true };
  const { type, at, data } = end;
  const { failureClass, code, retryInMs, errorMessage, reason } = data;
  const outcome = OUTCOME[type];
  return {
    outcome,
    counted: data.counted ?? countsByItself(outcome, failureClass),
    endedAt: at.toISOString(),
    ...present({ failureClass, code, message: errorMessage ?? reason, retryInMs }),
  };
}

/** For an end that does not say it: the last one. */
function countsByItself(outcome: WorkAttempt['outcome'], failureClass: WorkAttempt['failureClass']): boolean {
  return outcome !== 'refused' && (failureClass === undefined || isCounted(failureClass));
}
