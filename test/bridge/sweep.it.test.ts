import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { sweep } from '../../bridge/sweep.ts';
import { openWorld } from '../adapters/postgres/open-world.ts';
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
  const sweeping = sweep({ work: world.ledger.work, engine, logger: pino({ level: 'silent' }), intervalMs: 50 }, abort.signal);
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
