import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Mechanism, StopResult } from '../../src/ports/mechanism.ts';
import { attendHost } from '../../worker/attend-host.ts';
import type { AttendedHost } from '../../worker/attend-host.ts';
import { HOST, openWorld } from '../adapters/postgres/open-world.ts';
import type { World } from '../adapters/postgres/open-world.ts';
import { port } from '../activities/activity-world.ts';
import { AUTHOR } from '../support/author.ts';
import { eventually } from '../support/eventually.ts';

const BEAT_MS = 20;

let world: World;
let attended: AttendedHost | null = null;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await attended?.leave();
  attended = null;
  await world.clear();
});
afterAll(() => world.close());

/** The worker of the host comes up; `stops`: what becomes of the agents that it is to stop, in order. */
async function arrive(stops: readonly StopResult['kind'][] = []): Promise<{ readonly seen: string[] }> {
  const seen: string[] = [];
  const left = [...stops];
  attended = await attendHost(
    {
      hosts: world.ledger.hosts,
      sessions: world.ledger.sessions,
      engine: {
        ensureCoordinator: async () => {
          seen.push('wake');
        },
      },
      mechanisms: {
        local: port<Mechanism>({
          stop: async ({ guid }) => {
            const [host] = (await hosts()).filter(({ id }) => id === HOST);
            seen.push(`stop ${guid} ${host?.open === true ? 'open' : 'closed'}`);
            return left.shift() === 'alive' ? { kind: 'alive', detail: 'it sleeps' } : { kind: 'gone' };
          },
        }),
      },
      logger: pino({ level: 'silent' }),
    },
    { hostId: HOST, hostname: 'machine', beatMs: BEAT_MS },
  );
  return { seen };
}

async function hosts() {
  return (await world.ledger.hosts.list({ projects: 'all', page: { limit: 10, from: null } })).items;
}

/** An agent that was given up with the host. */
async function givenUp(): Promise<string> {
  await world.registerTarget();
  const { agentGuid } = (await world.work()).taken;
  await declareGone();
  await world.ledger.sessions.giveUp(agentGuid);
  return agentGuid;
}

async function declareGone(): Promise<void> {
  await world.query(`update host_beats set up_until = now() - interval '1 s'`);
  await world.ledger.hosts.declareGone(HOST, { reason: null, author: AUTHOR });
}

test('a host that is there says so until it leaves', async () => {
  await arrive();
  const [first] = await hosts();
  await eventually(async () => {
    const [later] = await hosts();
    expect(Date.parse(later?.lastSeenAt ?? '')).toBeGreaterThan(Date.parse(first?.lastSeenAt ?? ''));
  });
  await attended?.leave();

  expect(first).toMatchObject({ state: 'up', open: true, hostname: 'machine' });
  expect(await hosts()).toEqual([expect.objectContaining({ state: 'silent' })]);
});

test('one that was declared gone stops what it had left before it takes starts', async () => {
  const guid = await givenUp();

  const { seen } = await arrive();

  expect(seen).toEqual([`stop ${guid} closed`, 'wake']);
  expect(await hosts()).toEqual([expect.objectContaining({ state: 'up', open: true, leftBehind: 0 })]);
});

test('one that was only cut off hears that it was declared gone, and does the same', async () => {
  const { seen } = await arrive();
  await world.registerTarget();
  const { agentGuid } = (await world.work()).taken;

  // Between two beats: said until it is done, because a beat may come in between.
  await eventually(async () => {
    await declareGone();
    expect(await world.ledger.sessions.giveUp(agentGuid)).toBe('given-up');
  });

  await eventually(async () => {
    expect(seen).toContain(`stop ${agentGuid} closed`);
    expect(await hosts()).toEqual([expect.objectContaining({ state: 'up', open: true, leftBehind: 0 })]);
  });
});

test('an agent that could not be stopped is stopped later, and does not keep the host closed', async () => {
  const guid = await givenUp();

  const { seen } = await arrive(['alive', 'alive']);

  expect(seen.slice(0, 2)).toEqual([`stop ${guid} closed`, 'wake']);
  await eventually(async () => {
    expect(await hosts()).toEqual([expect.objectContaining({ open: true, leftBehind: 0 })]);
  });
  expect(seen.filter((one) => one.startsWith('stop'))).toHaveLength(3);
});
