import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { WorkId } from '../../src/domain/ids.ts';
import { eventually } from '../support/eventually.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { eventsOf, submit, untilEvent, untilSettled } from '../support/settled.ts';
import { registerWarpAgent } from '../support/warp-agent.ts';
import type { Offer, WarpAgent } from '../support/warp-agent.ts';

const WAIT_MS = 60_000;
const TEST_MS = 240_000;

let weft: Product;
let agents: WarpAgent[] = [];

beforeAll(async () => {
  weft = createProduct('source');
  await weft.start();
}, TEST_MS);

afterEach(async () => {
  await Promise.all(
    agents.map(async (agent) => {
      await agent.updatePresence({ status: 'offline' });
      await agent.close();
    }),
  );
  agents = [];
});

afterAll(() => weft.stop(), TEST_MS);

async function register(capability: string, entry: object = {}): Promise<WarpAgent> {
  const agent = await registerWarpAgent(weft.ready().nats, { capability, ...entry });
  agents.push(agent);
  return agent;
}

async function claimed(agent: WarpAgent): Promise<Offer> {
  const offer = await agent.claim();
  if (offer === null) throw new Error('nothing was offered');
  return offer;
}

function send(agent: WarpAgent, offer: Offer, { type, ...content }: { readonly type: string } & Record<string, unknown>): Promise<void> {
  return agent.sendDirect(offer.contextData.weft.replyTo, type, { workItemId: offer.id, ...content });
}

async function untilRefused(workId: WorkId, guid: string): Promise<void> {
  await eventually(async () => {
    const refused = (await eventsOf(weft, workId)).filter(({ type }) => type === 'work:report-refused');
    expect(refused.map(({ agentGuid }) => agentGuid)).toContain(guid);
  }, WAIT_MS);
}

async function untilTold(agent: WarpAgent, messageType: string, workId: WorkId): Promise<void> {
  await eventually(() => {
    const told = agent.inbox().filter((message) => message.messageType === messageType);
    expect(told.map(({ content }) => JSON.parse(content) as object)).toContainEqual(expect.objectContaining({ workItemId: workId }));
    return Promise.resolve();
  }, WAIT_MS);
}

test(
  'an agent that knows Warp only gets the item by the queue, and what it reports is recorded',
  async () => {
    const capability = `warp-${randomUUID()}`;
    const workId = await submit(weft, { taskId: 'by-queue', capability, description: 'Do it.' });
    const agent = await register(capability);

    const offer = await claimed(agent);
    expect(offer).toMatchObject({ id: workId, description: 'Do it.', taskId: 'by-queue', capability });
    expect((await weft.client().find(workId)).status).toBe('pending');
    await send(agent, offer, { type: 'work-claim', claimerCapabilities: [capability] });
    await send(agent, offer, { type: 'progress-update', progress: 50, message: 'half' });
    const progress = await untilEvent(weft, workId, { type: 'work:progress', timeoutMs: WAIT_MS });
    expect(progress.data).toMatchObject({ progress: 50, message: 'half', assignedTo: agent.guid });
    expect(await weft.client().find(workId)).toMatchObject({ status: 'in-progress', assignedTo: agent.guid, progress: 50 });
    await send(agent, offer, { type: 'work-complete', result: { ok: 1 }, summary: 'hi' });

    const item = await untilSettled(weft, workId, WAIT_MS);
    expect(item).toMatchObject({ phase: 'completed', attempts: 1, assignedTo: agent.guid, result: { summary: 'hi', output: { ok: 1 } } });
  },
  TEST_MS,
);

test(
  'one that says nothing but its result has done the item; one that reports a recoverable error gives it to the next attempt',
  async () => {
    const capability = `terse-${randomUUID()}`;
    const agent = await register(capability);
    const workId = await submit(weft, { taskId: 'terse', capability, description: 'Do it.' });

    await send(agent, await claimed(agent), { type: 'work-error', error: 'not yet', recoverable: true });
    const second = await claimed(agent);
    await send(agent, second, { type: 'completion', summary: 'done' });

    expect(second.contextData.weft.fence).toBe(2);
    expect(await untilSettled(weft, workId, WAIT_MS)).toMatchObject({ phase: 'completed', attempts: 2, assignedTo: agent.guid, result: { summary: 'done' } });
  },
  TEST_MS,
);

test(
  'of two agents that answer for one item the first has it, whoever it was meant for; the second is refused and told so',
  async () => {
    const capability = `two-${randomUUID()}`;
    const [first, second] = [await register(capability), await register(capability)];
    const workId = await submit(weft, { taskId: 'two', capability, description: 'Do it.' });

    const offer = await claimed(first);
    await send(first, offer, { type: 'work-claim', claimerCapabilities: [capability] });
    await untilEvent(weft, workId, { type: 'work:started', timeoutMs: WAIT_MS });
    await send(second, offer, { type: 'work-claim', claimerCapabilities: [capability] });
    await send(second, offer, { type: 'work-complete', summary: 'mine' });
    await untilRefused(workId, second.guid);
    await untilTold(second, 'work-reject', workId);
    await send(first, offer, { type: 'work-complete', summary: 'done' });

    expect(await untilSettled(weft, workId, WAIT_MS)).toMatchObject({ assignedTo: first.guid, result: { summary: 'done' } });
  },
  TEST_MS,
);

test(
  'one that leaves in the middle is replaced, and its late report of the old fence is refused',
  async () => {
    const capability = `late-${randomUUID()}`;
    const first = await register(capability);
    const workId = await submit(weft, { taskId: 'late', capability, description: 'Do it.' });
    const offer = await claimed(first);
    await send(first, offer, { type: 'work-claim', claimerCapabilities: [capability] });
    await untilEvent(weft, workId, { type: 'work:started', timeoutMs: WAIT_MS });

    await first.updatePresence({ status: 'offline' });
    const second = await register(capability);
    const again = await claimed(second);
    await send(second, again, { type: 'work-claim', claimerCapabilities: [capability] });
    await untilEvent(weft, workId, { type: 'work:started', nth: 2, timeoutMs: WAIT_MS });
    await send(first, offer, { type: 'work-complete', summary: 'too late', fence: 1 });
    await untilRefused(workId, first.guid);
    await send(second, again, { type: 'work-complete', summary: 'in time' });

    expect(again).toMatchObject({ id: workId, contextData: { weft: { fence: 2 } } });
    const item = await untilSettled(weft, workId, WAIT_MS);
    expect(item).toMatchObject({ attempts: 2, assignedTo: second.guid, result: { summary: 'in time' } });
  },
  TEST_MS,
);

test(
  'a cancel withdraws an offer that nobody has taken, and is told to the agent that has the item',
  async () => {
    const capability = `cancel-${randomUUID()}`;
    const agent = await register(capability);
    const offered = await submit(weft, { taskId: 'offered', capability, description: 'Do it.' });
    await eventually(async () => {
      expect(await agent.waiting()).toBe(1);
    }, WAIT_MS);
    await weft.client().cancel(offered, 'enough');
    expect((await untilSettled(weft, offered, WAIT_MS)).phase).toBe('cancelled');
    await eventually(async () => {
      expect(await agent.waiting()).toBe(0);
    }, WAIT_MS);

    const workId = await submit(weft, { taskId: 'taken', capability, description: 'Do it.' });
    const offer = await claimed(agent);
    expect(offer.id).toBe(workId);
    await send(agent, offer, { type: 'work-claim', claimerCapabilities: [capability] });
    await untilEvent(weft, workId, { type: 'work:started', timeoutMs: WAIT_MS });
    await weft.client().cancel(workId, 'enough');

    expect((await untilSettled(weft, workId, WAIT_MS)).phase).toBe('cancelled');
    await untilTold(agent, 'work-reject', workId);
  },
  TEST_MS,
);

test(
  'once somebody listens at the queue who may not have the item, it goes to the inbox of its agent alone',
  async () => {
    const capability = `apart-${randomUUID()}`;
    const agent = await register(capability);
    const workId = await submit(weft, { taskId: 'apart', capability, description: 'Do it.' });
    await eventually(async () => {
      expect(await agent.waiting()).toBe(1);
    }, WAIT_MS);
    const stranger = await register(capability, { boundaries: ['personal'] });

    await untilTold(agent, 'work-offer', workId);
    const told = agent.inbox().find(({ messageType }) => messageType === 'work-offer');
    await agent.sendDirect(told?.senderGuid ?? '', 'work-complete', { workItemId: workId, summary: 'done' });

    expect(await untilSettled(weft, workId, WAIT_MS)).toMatchObject({ phase: 'completed', assignedTo: agent.guid });
    expect(await stranger.claim(1000)).toBeNull();
    expect(stranger.inbox()).toEqual([]);
  },
  TEST_MS,
);
