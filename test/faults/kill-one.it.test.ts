import { afterEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { connectNats } from '../../src/adapters/nats/index.ts';
import type { WeftEvent } from '../../src/domain/events/event.ts';
import { publishedEvents } from '../adapters/nats/published-events.ts';
import { eventually } from '../support/eventually.ts';
import { createProduct } from '../support/product.ts';
import type { ProcessName, Product } from '../support/product.ts';
import { eventsOf, expectNothingHeld, submitUntilTaken, untilSettled } from '../support/settled.ts';

const VICTIMS: readonly ProcessName[] = ['worker', 'api', 'nats', 'postgres', 'temporal'];
const WAIT_MS = 90_000;
const TEST_MS = 240_000;

let product: Product | null = null;

afterEach(async () => {
  await product?.stop();
}, TEST_MS);

test(
  'a stream of work survives kill -9 of each process in turn: all done once, under new fences, and every event is published once and in order',
  async () => {
    const weft = (product = createProduct('source'));
    const up = await weft.start();
    await weft.registerTarget('stream', 3);
    const ids: string[] = [];
    for (const victim of VICTIMS) {
      const beforeIt = submitUntilTaken(weft, { taskId: `before-${victim}`, capability: 'stream', description: 'for 8' }, WAIT_MS);
      ids.push(await beforeIt);
      weft.kill9(victim);
      ids.push(await submitUntilTaken(weft, { taskId: `after-${victim}`, capability: 'stream', description: 'for 4' }, WAIT_MS));
      await eventually(() => {
        expect(up.stderr()).toContain(`${victim} is back.`);
      }, WAIT_MS);
    }

    for (const id of ids) {
      const item = await untilSettled(weft, id, WAIT_MS);
      const events = await eventsOf(weft, id);
      const fences = events.filter(({ type }) => type === 'work:granted').map(({ fence }) => fence ?? 0);
      const story = `${item.taskId}: ${events.map(({ type }) => type).join(' ')}`;
      expect({ story, phase: item.phase, attempts: item.attempts }).toEqual({ story, phase: 'completed', attempts: 1 });
      expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
      expect(events.filter(({ type }) => type === 'work:completed')).toHaveLength(1);
      expect(events.at(-1)?.type).toBe('work:completed');
      expect(weft.journal().filter((line) => line.startsWith(`done ${item.taskId} `))).toHaveLength(1);
    }
    expect(await weft.query('SELECT count(*)::int AS n FROM work_items')).toEqual([{ n: ids.length }]);
    await expectNothingHeld(weft, WAIT_MS);
    await expectPublishedAsRecorded(weft);

    expect(await weft.stop()).toBe(0);
    expect(weft.processes()).toEqual([]);
  },
  TEST_MS,
);

/** The stream of events holds what the ledger holds: positions 1, 2, 3 … and the events of each entity in their order. */
async function expectPublishedAsRecorded(weft: Product): Promise<void> {
  const nats = await connectNats({ url: weft.ready().nats, name: 'test', logger: pino({ level: 'silent' }) });
  try {
    await eventually(async () => {
      const recorded = await weft.query('SELECT entity_id AS "entityId", seq, type FROM events ORDER BY position NULLS LAST');
      const published = await publishedEvents(nats);
      expect(published.map(({ entityId, seq, type }) => ({ entityId, seq, type }))).toEqual(recorded);
      expect(published.map(({ position }) => position)).toEqual(published.map((_, index) => index + 1));
      for (const ofOne of groupedByEntity(published)) expect(ofOne.map(({ seq }) => seq)).toEqual(ofOne.map((_, index) => index + 1));
    }, WAIT_MS);
  } finally {
    await nats.close();
  }
}

function groupedByEntity(events: readonly WeftEvent[]): readonly (readonly WeftEvent[])[] {
  const entities = new Set(events.map(({ entityId }) => entityId));
  return [...entities].map((entity) => events.filter(({ entityId }) => entityId === entity));
}
