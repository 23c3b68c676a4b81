import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { answerOf, createClient } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import type { WorkId } from '../../src/domain/ids.ts';
import { eventually } from '../support/eventually.ts';
import { createHandStarter } from '../support/hand-started.ts';
import type { HandStarter } from '../support/hand-started.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { submit, untilSettled } from '../support/settled.ts';

const WAIT_MS = 60_000;
const TEST_MS = 240_000;
// Nobody looks by himself within a test: what is seen here was told to the coordinator.
const FAR = { WEFT_COORDINATOR_INTERVAL_MS: '300000', WEFT_RECONCILE_INTERVAL_MS: '86400000' };

let weft: Product;
let hands: HandStarter;
let rest: ReturnType<typeof createClient>;

beforeAll(async () => {
  weft = createProduct('source', undefined, FAR);
  [hands] = await Promise.all([createHandStarter(weft), weft.start()]);
  rest = createClient({ baseUrl: weft.ready().api, timeoutMs: 15_000 });
}, TEST_MS);

afterAll(async () => {
  await hands.endAll();
  await weft.stop();
}, TEST_MS);

async function waiting(capability: string, reason: RegExp, description = 'for 1'): Promise<WorkId> {
  const workId = await submit(weft, { taskId: capability, capability, description });
  await eventually(async () => {
    expect((await weft.client().find(workId)).reason).toMatch(reason);
  }, WAIT_MS);
  return workId;
}

async function expectDone(workId: WorkId): Promise<void> {
  expect((await untilSettled(weft, workId, WAIT_MS)).phase).toBe('completed');
}

async function updateTarget(id: string, body: Schemas['TargetUpdateInput']): Promise<void> {
  await answerOf(rest.PUT('/api/targets/{id}', { params: { path: { id } }, body }));
}

test(
  'an item that nobody could take goes on when a target is registered',
  async () => {
    const name = `registered-${randomUUID()}`;
    const workId = await waiting(name, /no target/u);

    await weft.registerTarget(name);

    await expectDone(workId);
  },
  TEST_MS,
);

test(
  'an item that nobody takes fails when its deadline passes',
  async () => {
    const name = `late-${randomUUID()}`;
    const deadline = new Date(Date.now() + 6000).toISOString();
    const id = await submit(weft, { taskId: name, capability: name, description: 'for 1', deadline });

    const item = await untilSettled(weft, id, WAIT_MS);

    expect(item).toMatchObject({ phase: 'dead-lettered', error: { code: 'deadline' } });
  },
  TEST_MS,
);

test(
  'an item whose target is disabled goes on when it is enabled',
  async () => {
    const name = `enabled-${randomUUID()}`;
    await weft.registerTarget(name);
    await answerOf(rest.POST('/api/targets/{id}/disable', { params: { path: { id: name } } }));
    const workId = await waiting(name, /is disabled/u);

    await answerOf(rest.POST('/api/targets/{id}/enable', { params: { path: { id: name } } }));

    await expectDone(workId);
  },
  TEST_MS,
);

test(
  'an item that waits for room on a target goes on when the limit of the target is raised',
  async () => {
    const name = `raised-${randomUUID()}`;
    await weft.registerTarget(name, 1);
    const first = await submit(weft, { taskId: 'first', capability: name, description: 'until never' });
    await eventually(async () => {
      expect((await weft.client().find(first)).phase).toBe('working');
    }, WAIT_MS);
    const workId = await waiting(name, /at its limit of agents/u);

    await updateTarget(name, { limits: { agentsMax: 2 } });

    await expectDone(workId);
    await weft.client().cancel(first, 'enough');
    expect((await untilSettled(weft, first, WAIT_MS)).phase).toBe('cancelled');
  },
  TEST_MS,
);

test(
  "an item goes on when its project's limit is raised, and when the project's policy allows its boundary again",
  async () => {
    const name = `policy-${randomUUID()}`;
    await weft.registerTarget(name);
    const setPolicy = async (policy: Schemas['OwnPolicyInput']): Promise<void> => {
      const { version } = await answerOf(rest.GET('/api/projects/{id}', { params: { path: { id: 'default' } } }));
      await answerOf(rest.PUT('/api/projects/{id}', { params: { path: { id: 'default' } }, body: { version, policy } }));
    };
    await setPolicy({ slotsMax: 0 });
    const limited = await waiting(name, /limit of slots/u);
    await setPolicy({});
    await expectDone(limited);

    // A boundary that is forbidden at once fails its items: it is forbidden while the item waits.
    await setPolicy({ slotsMax: 0 });
    const forbidden = await waiting(name, /limit of slots/u);
    await setPolicy({ boundaries: { 'open-source': 'forbid' } });
    await eventually(async () => {
      expect((await weft.client().find(forbidden)).reason).toMatch(/policy allows the boundary/u);
    }, WAIT_MS);
    await setPolicy({});
    await expectDone(forbidden);
  },
  TEST_MS,
);

async function createDeployment(name: string): Promise<void> {
  await answerOf(rest.POST('/api/deployments', { body: { name, targets: [name] } }));
}

async function untilDeploymentIs(name: string, expected: object, held?: string): Promise<void> {
  await eventually(async () => {
    const { status, conditions } = await answerOf(rest.GET('/api/deployments/{id}', { params: { path: { id: name } } }));
    expect(status).toMatchObject(expected);
    if (held !== undefined) expect(conditions).toContainEqual(expect.objectContaining({ type: 'Held', reason: held }));
  }, WAIT_MS);
}

test(
  'a deployment whose only target is disabled starts its agent when the target is enabled',
  async () => {
    const name = `warm-${randomUUID().slice(0, 8)}`;
    await weft.registerTarget(name);
    await answerOf(rest.POST('/api/targets/{id}/disable', { params: { path: { id: name } } }));
    await createDeployment(name);
    await untilDeploymentIs(name, { phase: 'degraded', ready: 0 });

    await answerOf(rest.POST('/api/targets/{id}/enable', { params: { path: { id: name } } }));

    await untilDeploymentIs(name, { phase: 'available', ready: 1 });
    await answerOf(rest.DELETE('/api/deployments/{id}', { params: { path: { id: name } } }));
  },
  TEST_MS,
);

test(
  "a deployment's agent stays while its project is paused, leaves when that is drained, and is back after the resume",
  async () => {
    const name = `held-${randomUUID().slice(0, 8)}`;
    const turn = (to: 'pause' | 'drain' | 'resume') => answerOf(rest.POST(`/api/projects/{id}/${to}`, { params: { path: { id: 'default' } } }));
    const agents = () => new Set(weft.agents().map(({ guid }) => guid));
    await weft.registerTarget(name);
    await createDeployment(name);
    await untilDeploymentIs(name, { phase: 'available', ready: 1 });
    const before = agents();

    await turn('pause');
    await untilDeploymentIs(name, { phase: 'paused', ready: 1 }, 'ProjectPaused');
    expect(agents()).toEqual(before);
    await turn('drain');
    await untilDeploymentIs(name, { phase: 'drained', ready: 0 }, 'ProjectDraining');
    expect(agents().size).toBeLessThan(before.size);
    await turn('resume');
    await untilDeploymentIs(name, { phase: 'available', ready: 1 }, 'NotHeld');

    expect(agents()).not.toEqual(before);
    await answerOf(rest.DELETE('/api/deployments/{id}', { params: { path: { id: name } } }));
  },
  TEST_MS,
);

test(
  'an item that nobody could take goes on when an agent registers by itself',
  async () => {
    const capability = `by-hand-${randomUUID()}`;
    const workId = await waiting(capability, /no target/u);

    const { guid } = hands.start(capability);

    await expectDone(workId);
    expect(await weft.client().find(workId)).toMatchObject({ assignedTo: guid });
  },
  TEST_MS,
);
