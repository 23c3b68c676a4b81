import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { sweep } from '../../bridge/sweep.ts';
import { AUTHOR } from '../support/author.ts';
import { openWorld, report } from '../adapters/postgres/open-world.ts';
import type { World } from '../adapters/postgres/open-world.ts';
import { eventually } from '../support/eventually.ts';
import { RecordingEngine } from './recording-engine.ts';

let world: World;
let engine: RecordingEngine;
let stop: () => Promise<void>;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(() => {
  engine = new RecordingEngine();
  const abort = new AbortController();
  const sweeping = sweep({ work: world.ledger.work, leases: world.ledger.leases, engine, logger: pino({ level: 'silent' }), intervalMs: 50 }, abort.signal);
  stop = () => {
    abort.abort();
    return sweeping;
  };
});
afterEach(async () => {
  await stop();
  await world.clear();
});
afterAll(() => world.close());

/** As if it had been accepted a while ago. */
async function accepted(): Promise<string> {
  const item = await world.submit();
  await world.query(`update work_items set offered_at = now() - interval '1 minute' where id = $1`, [item.id]);
  return item.id;
}

test('goes on with what was answered while nobody could be told', async () => {
  await world.registerTarget();
  const attempt = await world.work();
  const { writer, taken } = attempt;
  await world.ledger.leases.takeReport(report<'question'>(attempt, { kind: 'question', seq: 2, text: 'Which?', timeoutMs: 60_000, onExpiry: 'fail' }));
  const lease = { fence: taken.fence, awaitNo: 2, agentGuid: taken.agentGuid, taskToken: Buffer.from('waits'), idleTimeoutMs: 5000, questionId: '1-2' };
  await world.ledger.leases.writeLease(writer, lease);

  await world.ledger.leases.answerQuestion(writer.workId, { questionId: '1-2', answer: 'this one', author: AUTHOR });

  await eventually(() => {
    expect(engine.completed[0]).toEqual({ token: 'waits', outcome: { kind: 'resumed' } });
  });
});

test('starts what was accepted and not started, and nothing else', async () => {
  const young = await world.submit();
  const { workId: running } = await world.queue();
  const forgotten = await accepted();

  await eventually(() => {
    expect(engine.started).toContain(forgotten);
  });

  expect(engine.started).not.toContain(young.id);
  expect(engine.started).not.toContain(running);
});

test('goes on when Temporal was away', async () => {
  engine.away = true;
  const forgotten = await accepted();
  await eventually(() => {
    expect(engine.refused).toContain(forgotten);
  });
  engine.away = false;

  await eventually(() => {
    expect(engine.started).toContain(forgotten);
  });
});
