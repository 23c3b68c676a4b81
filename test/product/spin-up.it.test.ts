import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { TrackedSpinUp } from '../../src/domain/spin-ups/spin-up.ts';
import { eventually } from '../support/eventually.ts';
import { signalIfThere } from '../support/marked-processes.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';

const WAIT_MS = 90_000;
const TEST_MS = 240_000;

let product: Product | null = null;

afterEach(async () => {
  await product?.stop();
}, TEST_MS);

async function post(weft: Product, path: string, body: object = {}): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(`${weft.ready().api}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return reply.json();
}

async function spinUp(weft: Product, target: string): Promise<string> {
  const ack = await post(weft, `/api/targets/${target}/spin-up`);
  expect(ack).toMatchObject({ success: true, targetName: target, status: 'in-progress' });
  return (ack as { operationId: string }).operationId;
}

async function find(weft: Product, operationId: string): Promise<TrackedSpinUp> {
  return TrackedSpinUp.parse(await (await fetch(`${weft.ready().api}/api/spin-ups/${operationId}`)).json());
}

/** As the Shuttle CLI registers it. */
async function register(weft: Product, name: string, command: string): Promise<void> {
  await weft.client().registerTarget({ name, agentType: 'claude-code', capabilities: ['c'], mechanism: 'local', config: { mechanism: 'local', command } });
}

async function untilGone(weft: Product, operationId: string): Promise<unknown> {
  return eventually(async () => {
    const sessions = await weft.query(`SELECT s.state, s.end_cause FROM sessions s JOIN spin_ups p ON p.agent_guid = s.guid WHERE p.id = '${operationId}'`);
    expect(sessions).toMatchObject([{ state: 'gone' }]);
    return sessions[0];
  }, WAIT_MS);
}

async function eventsOf(weft: Product, operationId: string): Promise<readonly unknown[]> {
  const rows = await weft.query(`SELECT e.type FROM events e JOIN spin_ups p ON e.entity_id = p.agent_guid WHERE p.id = '${operationId}' ORDER BY e.seq`);
  return rows.map(({ type }) => type);
}

const STORY = ['agent:starting', 'spin-up:started', 'agent:registered', 'spin-up:completed', 'agent:shutdown', 'agent:gone'];

test(
  'an agent is started without work: it runs its command once and leaves when that ends, whoever is killed meanwhile',
  async () => {
    const weft = (product = createProduct('source'));
    const up = await weft.start();
    const file = (name: string): string => join(weft.workDir, name);

    await register(weft, 'short', `touch ${file('f')} && sleep 1`);
    const first = await spinUp(weft, 'short');

    expect(await untilGone(weft, first)).toEqual({ state: 'gone', end_cause: 'left' });
    expect(existsSync(file('f'))).toBe(true);
    expect(await find(weft, first)).toMatchObject({ status: 'success', targetName: 'short', result: { success: true } });
    expect(await eventsOf(weft, first)).toEqual(STORY);
    expect(weft.agents()).toEqual([]);

    // Its end comes while nobody is there to hear of it.
    await register(weft, 'long', `echo run >> ${file('runs')}; while ! test -e ${file('stop')}; do sleep 0.1; done`);
    const second = await spinUp(weft, 'long');
    await eventually(() => {
      expect(existsSync(file('runs'))).toBe(true);
    }, WAIT_MS);
    weft.kill9('worker');
    writeFileSync(file('stop'), '');
    expect(await untilGone(weft, second)).toEqual({ state: 'gone', end_cause: 'left' });
    expect(up.stderr()).toContain('worker is back.');
    expect(await find(weft, second)).toMatchObject({ status: 'success' });
    expect(await eventsOf(weft, second)).toEqual(STORY);

    // Killed at the very beginning.
    await register(weft, 'begun', `echo run >> ${file('runs')}`);
    const third = await spinUp(weft, 'begun');
    weft.kill9('worker');
    expect(await untilGone(weft, third)).toEqual({ state: 'gone', end_cause: 'left' });

    // The agent itself.
    await register(weft, 'killed', `echo run >> ${file('runs')}; sleep 600`);
    const fourth = await spinUp(weft, 'killed');
    await eventually(async () => {
      expect(await find(weft, fourth)).toMatchObject({ status: 'success' });
    }, WAIT_MS);
    for (const { pid } of weft.agents()) signalIfThere(pid, 'SIGKILL');
    expect(await untilGone(weft, fourth)).toEqual({ state: 'gone', end_cause: 'lost' });

    // It does not end when it is asked, and is granted more time than the worker's setting and the runner would.
    await register(weft, 'stubborn', `trap '' TERM; while :; do sleep 0.1; done`);
    const fifth = await spinUp(weft, 'stubborn');
    const guid = await eventually(async () => {
      const { status, agentGuid = '' } = await find(weft, fifth);
      expect(status).toBe('success');
      return agentGuid;
    }, WAIT_MS);
    await post(weft, `/api/agents/${guid}/shutdown`, { gracePeriodMs: 5000 });
    expect(await untilGone(weft, fifth)).toEqual({ state: 'gone', end_cause: 'stopped' });
    const [{ ms } = {}] = await weft.query(
      `SELECT (1000 * extract(epoch FROM max(at) - min(at)))::int AS ms FROM (SELECT at FROM events WHERE entity_id = '${guid}' AND type IN ('agent:shutdown', 'agent:gone')) e`,
    );
    expect(ms).toBeGreaterThanOrEqual(5000);
    expect(ms).toBeLessThan(30_000);

    expect(readFileSync(file('runs'), 'utf8')).toBe('run\n'.repeat(3));
    expect(weft.agents()).toEqual([]);
    expect(await weft.stop()).toBe(0);
    expect(weft.processes()).toEqual([]);
  },
  TEST_MS,
);
