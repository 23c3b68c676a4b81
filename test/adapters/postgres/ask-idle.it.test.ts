import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { IdleAgent } from '../../../src/domain/agents/idle-agent.ts';
import { WeftError } from '../../../src/domain/errors.ts';
import { foreignSighting } from './foreign-sighting.ts';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

const LIMIT_MS = 60_000;
const IDLE: IdleAgent = { guid: 'a', idleLimitMs: LIMIT_MS, activeAtMs: null };

let world: World;
let told: string[] = [];

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  told = [];
  await register();
  await letPass(2 * LIMIT_MS);
});
afterEach(() => world.clear());
afterAll(() => world.close());

async function register(entry: object = {}): Promise<void> {
  await world.ledger.agents.recordSightings([foreignSighting('a', { projectId: 'default', ...entry })]);
}

/** As if all that is known of agents and slots had happened so much earlier. */
async function letPass(ms: number): Promise<void> {
  const by = `make_interval(secs => ${String(ms / 1000)})`;
  await world.query(`update agents set updated_at = updated_at - ${by}, idle_told_at = idle_told_at - ${by}, resting_until = resting_until - ${by}`);
  await world.query(`update slots set updated_at = updated_at - ${by}`);
}

async function tell(agents: readonly { guid: string; projectId: string }[]): Promise<void> {
  told.push(...agents.map(({ guid, projectId }) => `${projectId} ${guid}`));
}

const ask = (idle: Partial<IdleAgent> = {}) => world.ledger.agents.askIdle([{ ...IDLE, ...idle }], tell);

/** What the agent has of ours, begins and ends. */
async function workOnce(): Promise<void> {
  const { writer, taken } = await world.work();
  await world.ledger.transitions.settle(writer, { fence: taken.fence, outcome: { kind: 'cancelled', reason: '' } });
  await world.query('update slots set may_work = false');
}

describe('an idle agent', () => {
  test('is asked to leave once, however many ask, and the audit says so', async () => {
    const answers = await Promise.all([ask(), ask(), ask()]);

    expect(answers.flat()).toEqual(['a']);
    expect(told).toEqual(['default a']);
    await letPass(10 * LIMIT_MS);
    expect(await ask()).toEqual([]);
    const audit = await world.query(`select actor, action, entity_id, project_id, after from audit`);
    const after = { shutdownRequested: true, graceful: true, reason: 'idle-timeout' };
    expect(audit).toEqual([{ actor: 'weft', action: 'agent.shutdown', entity_id: 'a', project_id: 'default', after }]);
  });

  test('is given no work for the moment that leaving takes, and is of use again when it stays', async () => {
    await ask();
    await world.queue();
    expect((await world.grantSlots()).grants).toEqual([]);

    await letPass(11_000);

    expect((await world.grantSlots()).grants).toMatchObject([{ choice: { agentGuid: 'a' } }]);
  });

  test('that could not be told is told the next time, and nothing is written meanwhile', async () => {
    const failing = world.ledger.agents.askIdle([IDLE], () => Promise.reject(new WeftError('BUS_UNAVAILABLE', 'NATS is away.')));

    await expect(failing).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    expect(await world.query('select 1 from audit')).toEqual([]);
    expect(await ask()).toEqual(['a']);
  });

  test('that leaves then has gone for that reason', async () => {
    await ask();

    await register({ status: 'offline' });

    const [event] = await world.query(`select data from events where entity_id = 'a' and type = 'agent:shutdown'`);
    expect(event).toMatchObject({ data: { reason: 'idle-timeout', graceful: true } });
  });

  test('that has done something since, and leaves, has gone for reasons of its own', async () => {
    await ask();
    await register({ status: 'busy' });

    await register({ status: 'offline' });

    const [event] = await world.query(`select data from events where entity_id = 'a' and type = 'agent:shutdown'`);
    expect(event).toMatchObject({ data: { reason: 'manual' } });
  });
});

describe('an agent is asked again after another such time', () => {
  test('when it had a task of others', async () => {
    await ask();
    await register({ status: 'busy', currentTaskCount: 1 });
    await register();
    expect(await ask()).toEqual([]);

    await letPass(2 * LIMIT_MS);

    expect(await ask()).toEqual(['a']);
  });

  test('when it had work of ours', async () => {
    await ask();
    await letPass(LIMIT_MS);
    await workOnce();
    expect(await ask()).toEqual([]);

    await letPass(2 * LIMIT_MS);

    expect(await ask()).toEqual(['a']);
  });

  test('when it was active by its own word', async () => {
    await ask();
    await letPass(4 * LIMIT_MS);

    expect(await ask({ activeAtMs: Date.now() - 5 * LIMIT_MS })).toEqual([]);
    expect(await ask({ activeAtMs: Date.now() - 2 * LIMIT_MS })).toEqual(['a']);
    expect(told).toHaveLength(2);
  });
});

describe('nobody is asked to leave who', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['has only just come', () => register({ handle: 'renamed', capabilities: ['paint'] })],
    ['holds an item', () => world.work()],
    ['had an item a moment ago', workOnce],
    [
      'may still be at an item that was taken from it',
      async () => {
        await workOnce();
        await letPass(2 * LIMIT_MS);
        await world.query('update slots set may_work = true');
      },
    ],
    [
      'names a task',
      async () => {
        await register({ currentTaskCount: 1 });
        await letPass(2 * LIMIT_MS);
      },
    ],
    [
      'has left',
      async () => {
        await register({ status: 'offline' });
        await letPass(2 * LIMIT_MS);
      },
    ],
    ['is not known', () => world.query('delete from agents')],
  ])('%s', async (_who, happen) => {
    await happen();

    expect(await ask()).toEqual([]);
    expect(told).toEqual([]);
  });

  test('is one of ours', async () => {
    await world.query('delete from agents');
    await world.registerTarget();
    const { taken } = await world.work();

    expect(await ask({ guid: taken.agentGuid })).toEqual([]);
  });
});
