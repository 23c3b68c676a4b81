import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventName, WeftEvent } from '../../src/domain/events/event.ts';
import type { WorkId } from '../../src/domain/ids.ts';
import { eventually } from '../support/eventually.ts';
import { countAnswering, createHandStarter, removeEntry } from '../support/hand-started.ts';
import type { HandStarted, HandStarter } from '../support/hand-started.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { eventsOf, submit, untilEvent, untilSettled } from '../support/settled.ts';

const WAIT_MS = 60_000;
const TEST_MS = 240_000;

let weft: Product;
let hands: HandStarter;

beforeAll(async () => {
  weft = createProduct('source');
  [hands] = await Promise.all([createHandStarter(weft), weft.start()]);
}, TEST_MS);

afterEach(() => hands.endAll());
afterAll(() => weft.stop(), TEST_MS);

async function eventsOfType(workId: WorkId, type: EventName): Promise<readonly WeftEvent[]> {
  return (await eventsOf(weft, workId)).filter((event) => event.type === type);
}

/** What its harness has written down. */
function journalOf({ directory }: HandStarted): readonly string[] {
  return readFileSync(join(directory, 'journal'), 'utf8').trim().split('\n');
}

test(
  'an agent that was suspended until another had done its item is refused when it goes on, and then takes the next one',
  async () => {
    const capability = `late-${randomUUID()}`;
    const late = hands.start(capability);
    const workId = await submit(weft, { taskId: 'late', capability, description: 'until go' });
    await untilEvent(weft, workId, { type: 'work:started', timeoutMs: WAIT_MS });
    expect(weft.signalAgent(late.guid, 'SIGSTOP')).toBeGreaterThan(1);
    await removeEntry(weft, late.guid);
    const quick = hands.start(capability);
    writeFileSync(join(quick.directory, 'go'), '');
    expect(await untilSettled(weft, workId, WAIT_MS)).toMatchObject({ phase: 'completed', attempts: 2, assignedTo: quick.guid });

    writeFileSync(join(late.directory, 'go'), '');
    weft.signalAgent(late.guid, 'SIGCONT');

    const refused = await untilEvent(weft, workId, { type: 'work:report-refused', timeoutMs: WAIT_MS });
    expect(refused).toMatchObject({ fence: 1, agentGuid: late.guid, data: { kind: 'completed', currentFence: 2 } });
    expect(journalOf(late)).toEqual(['started late 1', 'done late 1']);
    expect(await weft.client().find(workId)).toMatchObject({ phase: 'completed', assignedTo: quick.guid, result: { summary: 'done by attempt 2' } });
    expect(await eventsOfType(workId, 'work:completed')).toHaveLength(1);

    quick.runner.kill('SIGTERM'); // only the late one is there to take what follows
    const next = await submit(weft, { taskId: 'next', capability, description: 'until go' });
    expect(await untilSettled(weft, next, WAIT_MS)).toMatchObject({ phase: 'completed', attempts: 1, assignedTo: late.guid });
  },
  TEST_MS,
);

test(
  'of two runners that were started under one guid both begin the item, but one end of it is recorded, and neither works on',
  async () => {
    const capability = `twins-${randomUUID()}`;
    const guid = randomUUID();
    const twins = [hands.start(capability, { guid }), hands.start(capability, { guid })] as const;
    await eventually(async () => {
      expect(await countAnswering(weft, guid)).toBe(twins.length);
    }, WAIT_MS);
    const workId = await submit(weft, { taskId: 'twins', capability, description: 'until go' });
    await eventually(() => {
      for (const twin of twins) expect(journalOf(twin)).toEqual(['started twins 1']);
    }, WAIT_MS);

    writeFileSync(join(twins[0].directory, 'go'), '');

    const item = await untilSettled(weft, workId, WAIT_MS);
    expect(item).toMatchObject({ phase: 'completed', assignedTo: guid });
    await eventually(() => {
      expect(weft.agents().filter((agent) => agent.guid === guid)).toHaveLength(twins.length); // the runners
    }, WAIT_MS);
    expect(journalOf(twins[1]).filter((line) => line.startsWith('done'))).toEqual([]);
    expect(await eventsOfType(workId, 'work:completed')).toHaveLength(1);
  },
  TEST_MS,
);

/** The wall clock of a process is set a day ahead, a day back and right again, every second. */
const JUMPING_CLOCK = `data:text/javascript,${encodeURIComponent(`
  const Real = Date;
  const startedAt = performance.now();
  const shiftMs = () => 86_400_000 * ([0, 1, -1][Math.floor((performance.now() - startedAt) / 1000) % 3]);
  globalThis.Date = class extends Real {
    constructor(...given) {
      super(...(given.length === 0 ? [Real.now() + shiftMs()] : given));
    }
    static now() {
      return Real.now() + shiftMs();
    }
  };
`)}`;

test(
  'an agent whose wall clock jumps by days is neither idle nor lost while it works, and idle in time when it does not',
  async () => {
    const capability = `jumping-${randomUUID()}`;
    const idleTimeoutMs = 5000;
    const { guid } = hands.start(capability, { nodeArgs: ['--import', JUMPING_CLOCK] });
    const limits = { idleTimeoutMs, attemptsMax: 1 };

    const busy = await submit(weft, { taskId: 'busy', capability, description: 'for 60', limits });
    expect(await untilSettled(weft, busy, WAIT_MS)).toMatchObject({ phase: 'completed', attempts: 1, assignedTo: guid });

    const silent = await submit(weft, { taskId: 'silent', capability, description: 'silent never', limits });
    const started = await untilEvent(weft, silent, { type: 'work:started', timeoutMs: WAIT_MS });
    const failed = await untilEvent(weft, silent, { type: 'work:failed', timeoutMs: WAIT_MS });
    expect(failed.data).toMatchObject({ assignedTo: guid });
    expect(JSON.stringify(failed.data)).toContain('the harness was silent');
    const silentForMs = Date.parse(failed.timestamp) - Date.parse(started.timestamp);
    expect(silentForMs).toBeGreaterThanOrEqual(idleTimeoutMs / 2); // that it has started may be heard late
    expect(await eventsOfAgent(guid)).not.toContain('agent:shutdown');
    const next = await submit(weft, { taskId: 'next', capability, description: 'for 1' });
    expect(await untilSettled(weft, next, WAIT_MS)).toMatchObject({ phase: 'completed', attempts: 1, assignedTo: guid });
  },
  TEST_MS,
);

async function eventsOfAgent(guid: string): Promise<readonly unknown[]> {
  return (await weft.query(`SELECT type FROM events WHERE entity_id = '${guid}'`)).map(({ type }) => type);
}
