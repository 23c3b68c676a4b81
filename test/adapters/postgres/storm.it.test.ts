import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hasErrorCode } from '../../../src/domain/errors.ts';
import type { Grant } from '../../../src/domain/scheduling/grant.ts';
import type { Writer } from '../../../src/ports/ledger/transition-ledger.ts';
import { completed, openWorld, report } from './open-world.ts';
import type { Attempt, World } from './open-world.ts';
import { AUTHOR } from '../../support/author.ts';

const ITEMS = 60;
const AGENTS_MAX = 4;

let world: World;
beforeAll(async () => {
  world = await openWorld({ poolMax: 16 });
  await world.registerTarget({ name: 'a', limits: { agentsMax: AGENTS_MAX } });
  await world.registerTarget({ name: 'b', limits: { agentsMax: AGENTS_MAX } });
});
afterAll(() => world.close());

/** A run that another one has replaced writes nothing more. */
async function unlessStale<T>(transition: Promise<T>): Promise<T | null> {
  return transition.catch((error: unknown) => {
    if (hasErrorCode(error, 'STALE_RUN')) return null;
    throw error;
  });
}

/** One item's life, with the kinds of trouble that its number says, all at once. */
async function live(number: number, grants: AsyncIterator<unknown>): Promise<void> {
  const writer = await world.queue({ priority: 1 + (number % 10) });
  const grant = await untilGranted(writer, grants);
  const taken = await world.take(writer, grant);
  // Its agent had done its last item, and has left since.
  if (taken.kind !== 'taken') return end(writer, number);
  const { agentGuid, fence } = taken;
  await Promise.all([
    world.ledger.sessions.recordRegistered(agentGuid),
    world.ledger.sessions.recordSupervision(agentGuid, Buffer.from('s')),
    number % 5 === 0 ? world.ledger.work.requestCancel(writer.workId, 'no', AUTHOR) : null,
    number % 7 === 0 ? world.ledger.sessions.recordEnding(agentGuid, { cause: 'lost', message: 'silent' }) : null,
  ]);
  const lease = await world.ledger.leases.writeLease(writer, { fence, awaitNo: 1, agentGuid, taskToken: Buffer.from('t'), idleTimeoutMs: 1 });
  if (lease.kind === 'written') await reportEverything({ writer, grant, taken, token: Buffer.from('t'), runToken: lease.assignment.runToken }, number);
  await end(writer, number);
  const session = await world.ledger.sessions.find(agentGuid);
  if (session?.state === 'draining') await world.ledger.sessions.recordGone(agentGuid);
}

async function reportEverything(attempt: Attempt, number: number): Promise<void> {
  const { leases, sessions } = world.ledger;
  await Promise.all([
    leases.takeReport(report<'progress'>(attempt, { kind: 'progress', seq: 2, progress: 1 })),
    leases.takeReport(completed(attempt)),
    leases.parkReport(completed(attempt), { awaitNo: 1 }),
    number % 3 === 0 ? untilItCan(() => sessions.recordEnding(attempt.taken.agentGuid, { cause: 'left', message: 'bye' })) : null,
  ]);
}

/** An agent whose item has just ended may be given another at the same moment. */
async function untilItCan<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (tries === 10 || !hasErrorCode(error, 'LEDGER_UNAVAILABLE')) throw error;
    }
  }
}

async function end(writer: Writer, number: number): Promise<void> {
  const outcome = { kind: 'cancelled', reason: 'over' } as const;
  const next = { workId: writer.workId, runId: randomUUID() };
  await Promise.all([
    unlessStale(world.ledger.transitions.settle(writer, { fence: 1, outcome })),
    number % 4 === 0 ? world.ledger.transitions.admit(next, true) : null,
  ]);
  // Whichever came first: the one that owns the item now ends it.
  await unlessStale(world.ledger.transitions.settle(next, { fence: 1, outcome }));
}

async function untilGranted({ workId }: Writer, rounds: AsyncIterator<unknown>): Promise<Grant> {
  for (let tries = 0; tries < 1000; tries++) {
    const [row] = await world.query<{ grant_id: string; fence: number; kind: 'agent' | 'start'; agent_guid: string; target_id: string }>(
      "select * from slots where work_id = $1 and state = 'granted'",
      [workId],
    );
    if (row !== undefined) {
      const choice =
        row.kind === 'agent' ? { kind: row.kind, agentGuid: row.agent_guid, targetId: row.target_id } : { kind: row.kind, targetId: row.target_id };
      return { grantId: row.grant_id, fence: row.fence, choice }; // the two kinds of choice
    }
    await rounds.next();
  }
  throw new Error(`${workId} was never granted a slot`);
}

/** One granting round per call. */
async function* rounds(): AsyncGenerator {
  for (;;) yield await world.grantSlots();
}

test('a storm of everything at once ends without a deadlock, over no limit, and with every event numbered', async () => {
  const grants = rounds();

  await Promise.all(Array.from({ length: ITEMS }, (_, number) => live(number, grants)));

  const [{ deadlocks } = { deadlocks: -1 }] = await world.query<{ deadlocks: number }>(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  );
  const gaps = await world.query(
    `select entity_id from events group by entity_type, entity_id having count(*) <> max(seq)
     union select id::text from work_items where event_seq <> (select count(*) from events where entity_id = work_items.id::text)`,
  );
  const held = await world.query<{ target_id: string }>(
    `select target_id from sessions where state <> 'gone' group by target_id having count(*) > ${String(AGENTS_MAX)}`,
  );
  const leftovers = await world.query(
    `select w.id from work_items w join slots s on s.work_id = w.id and s.state <> 'released' where w.phase in ('completed', 'dead-lettered', 'cancelled')
     union select w.id from work_items w join queue q on q.work_id = w.id where w.phase <> 'waiting'
     union select s.work_id from sessions s join work_items w on w.id = s.work_id where s.state in ('busy', 'starting') and w.phase in ('completed', 'dead-lettered', 'cancelled')`,
  );
  expect({ deadlocks, gaps, held, leftovers }).toEqual({ deadlocks: 0, gaps: [], held: [], leftovers: [] });
});
