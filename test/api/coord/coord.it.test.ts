import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { headers } from '@nats-io/transport-node';
import type { Target } from '../../../src/domain/targets/target.ts';
import type { WorkItem } from '../../../src/domain/work/work-item.ts';
import { readable, TARGET, WORK } from '../api-world.ts';
import { startedAgent } from '../started-agent.ts';
import { openCoordWorld } from './coord-world.ts';
import type { CoordWorld } from './coord-world.ts';

let world: CoordWorld;

beforeAll(async () => {
  world = await openCoordWorld();
});

afterAll(() => world.close());

let projects = 0;

/** A project that no other test uses. */
function newProject(): string {
  projects += 1;
  return `project-${String(projects)}`;
}

async function ask<T>(subject: string, payload?: unknown): Promise<T> {
  return (await world.ask(subject, payload)) as T;
}

async function get<T>(url: string): Promise<T> {
  return (await world.get(url)).json<T>();
}

test('an item is submitted once, by one of two replicas, and reads the same over NATS and REST', async () => {
  const project = newProject();
  const submitted = await ask<WorkItem & { workItemId: string }>(`coord.${project}.work.submit`, { ...WORK, taskId: 'mine' });
  const rest = await get<WorkItem>(`/api/work/${submitted.id}`);
  expect(submitted).toMatchObject({ workItemId: rest.id, taskId: 'mine', projectId: project, targetAgentType: 'claude-code', spinUpTriggered: false });
  expect(readable(submitted)).toEqual(readable(rest));
  expect(await ask(`coord.${project}.work.get`, { id: rest.id })).toEqual(rest);
  expect(await ask(`coord.${project}.work.status.${rest.id}`)).toEqual(rest);
  expect((await ask<WorkItem[]>(`coord.${project}.work.list`)).map(readable)).toEqual([readable(rest)]);
  expect(await world.query('select id from work_items where project_id = $1', [project])).toHaveLength(1);
});

test('every one of many requests at once is carried out exactly once', async () => {
  const project = newProject();
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask<WorkItem>(`coord.${project}.work.submit`, WORK)));
  expect(new Set(answers.map(({ id }) => id)).size).toBe(100);
  expect(await ask<WorkItem[]>(`coord.${project}.work.list`)).toHaveLength(100);
});

test('the subject says which project it is, whatever the payload says', async () => {
  const [mine, other] = [newProject(), newProject()];
  const item = await ask<WorkItem>(`coord.${mine}.work.submit`, { ...WORK, projectId: other });
  const target = await ask<Target>(`coord.${mine}.targets.register`, { ...TARGET, projectId: other });
  expect([item.projectId, target.projectId]).toEqual([mine, mine]);
});

test('a submit that comes again with its key gives the same item', async () => {
  const project = newProject();
  const given = headers();
  given.set('Idempotency-Key', 'once');
  const ids = [];
  for (let turn = 0; turn < 2; turn++)
    ids.push((await world.askRaw(`coord.${project}.work.submit`, JSON.stringify(WORK), { headers: given })).json<WorkItem>().id);
  expect(ids[0]).toBe(ids[1]);
});

test('the list of work is filtered', async () => {
  const project = newProject();
  await ask(`coord.${project}.work.submit`, WORK);
  const other = await ask<WorkItem>(`coord.${project}.work.submit`, { ...WORK, capability: 'test' });
  const list = (filter: object) => ask<WorkItem[]>(`coord.${project}.work.list`, filter);
  expect((await list({ capability: 'test' })).map(({ id }) => id)).toEqual([other.id]);
  expect(await list({ status: 'completed' })).toEqual([]);
  expect(await list({ status: 'pending' })).toHaveLength(2);
  expect(await list({ assignedTo: randomUUID() })).toEqual([]);
});

test('a list that is longer than a message ends earlier, and says that it goes on', async () => {
  const project = newProject();
  for (let n = 0; n < 12; n++) await ask(`coord.${project}.work.submit`, { ...WORK, contextData: { text: 'x'.repeat(400_000) } });
  const answer = await world.askRaw(`coord.${project}.work.list`);
  expect(answer.json<WorkItem[]>()).toHaveLength(10);
  expect(answer.headers?.get('Weft-Has-More')).toBe('true');
});

test('cancel says whether it cancels, and the audit names the project whose subject it was', async () => {
  const project = newProject();
  const { id } = await ask<WorkItem>(`coord.${project}.work.submit`, WORK);
  expect(await ask(`coord.${project}.work.cancel`, { id })).toMatchObject({ success: true });
  expect(await ask(`coord.${project}.work.cancel`, { id: randomUUID() })).toMatchObject({ success: false });
  world.engine.cancelAnswer = 'already-settled';
  expect(await ask(`coord.${project}.work.cancel`, { id })).toMatchObject({ success: false });
  world.engine.cancelAnswer = 'cancelling';
  const audit = await world.query('select actor, action from audit where entity_id = $1 order by id', [id]);
  expect(audit).toContainEqual({ actor: `nats:${project}`, action: 'work.cancel' });
});

test('what belongs to another project is not there', async () => {
  const [mine, other] = [newProject(), newProject()];
  const { id } = await ask<WorkItem>(`coord.${mine}.work.submit`, WORK);
  const target = await ask<Target>(`coord.${mine}.targets.register`, TARGET);
  const { operationId } = await ask<{ operationId: string }>(`coord.${mine}.spin-up.trigger`, { target: target.id });
  expect(await ask(`coord.${other}.work.get`, { id })).toBeUndefined();
  expect(await ask(`coord.${other}.work.status.${id}`)).toBeUndefined();
  expect(await ask(`coord.${other}.work.cancel`, { id })).toMatchObject({ success: false });
  expect(await ask(`coord.${other}.targets.get`, { target: target.id })).toBeNull();
  expect(await ask(`coord.${other}.targets.remove`, { target: target.id })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await ask(`coord.${other}.spin-up.status`, { operationId })).toBeUndefined();
});

test('a target goes its whole way over NATS, as REST shows it, and without its secrets', async () => {
  const project = newProject();
  const config = { mechanism: 'local', local: { command: 'true', env: { TOKEN: 'hidden' } } };
  const registered = await ask<Target>(`coord.${project}.targets.register`, { ...TARGET, config, tags: ['fast'] });
  const rest = () => get<Target>(`/api/targets/${registered.id}`);
  expect(registered).toEqual(await rest());
  expect(JSON.stringify(registered)).not.toContain('hidden');
  expect(await ask(`coord.${project}.targets.get`, { target: TARGET.name })).toEqual(await rest());
  const updated = await ask<Target>(`coord.${project}.targets.update`, { target: TARGET.name, updates: { description: 'new' } });
  expect(updated).toEqual(await rest());
  expect(updated.description).toBe('new');
  expect(await ask(`coord.${project}.targets.disable`, { target: registered.id })).toEqual({ success: true });
  expect((await rest()).status).toBe('disabled');
  expect(await ask(`coord.${project}.targets.enable`, { target: registered.id })).toEqual({ success: true });
  expect((await rest()).status).toBe('available');
  expect(await ask(`coord.${project}.targets.remove`, { target: TARGET.name })).toEqual({ success: true });
  expect(await ask(`coord.${project}.targets.get`, { target: registered.id })).toBeNull();
});

test('a target is tested, and what is found is its health', async () => {
  const project = newProject();
  const { id } = await ask<Target>(`coord.${project}.targets.register`, TARGET);
  expect(await ask(`coord.${project}.targets.test`, { target: TARGET.name })).toMatchObject({ healthy: true, latencyMs: expect.any(Number) });
  world.engine.probeAnswer = { healthy: false, error: 'no such program' };
  expect(await ask(`coord.${project}.targets.test`, { target: id })).toMatchObject({ healthy: false, error: 'no such program' });
  world.engine.probeAnswer = { healthy: true };
  expect((await ask<Target>(`coord.${project}.targets.get`, { target: id })).healthStatus).toBe('unhealthy');
});

test('the list of targets hides disabled ones unless they are asked for, and filters', async () => {
  const project = newProject();
  const subject = `coord.${project}.targets`;
  await ask(`${subject}.register`, { ...TARGET, name: 'one', tags: ['fast'] });
  await ask(`${subject}.register`, { ...TARGET, name: 'two', agentType: 'copilot-cli', capabilities: ['test'], boundaries: ['personal'] });
  await ask(`${subject}.register`, { ...TARGET, name: 'three' });
  await ask(`${subject}.disable`, { target: 'three' });
  const names = async (filter?: object) => (await ask<Target[]>(`${subject}.list`, filter)).map(({ name }) => name);
  expect(await names()).toEqual(['one', 'two']);
  expect(await names({ includeDisabled: true })).toEqual(['one', 'two', 'three']);
  expect(await names({ status: 'disabled' })).toEqual(['three']);
  expect(await names({ tag: 'fast' })).toEqual(['one']);
  expect(await names({ agentType: 'copilot-cli' })).toEqual(['two']);
  expect(await names({ capability: 'test' })).toEqual(['two']);
  expect(await names({ boundary: 'corporate' })).toEqual(['one']);
  expect(await names({ mechanism: 'ssh' })).toEqual([]);
  expect(await names({ healthStatus: 'unknown' })).toEqual(['one', 'two']);
  expect(await names({ healthStatus: 'healthy' })).toEqual([]);
  expect(await names({ status: 'available' })).toEqual(['one', 'two']);
});

test('a spin-up is triggered, followed and listed', async () => {
  const project = newProject();
  await ask(`coord.${project}.targets.register`, TARGET);
  const ack = await ask<{ operationId: string }>(`coord.${project}.spin-up.trigger`, { target: TARGET.name });
  expect(ack).toMatchObject({ targetName: TARGET.name, status: 'in-progress', success: true });
  const rest = await get(`/api/spin-ups/${ack.operationId}`);
  expect(await ask(`coord.${project}.spin-up.status`, { operationId: ack.operationId })).toEqual(rest);
  expect(await ask(`coord.${project}.spin-up.list`)).toEqual([rest]);
  expect(await ask(`coord.${project}.spin-up.status`, { operationId: 'none' })).toBeUndefined();
  expect(await ask(`coord.${project}.spin-up.trigger`, { target: 'nowhere' })).toMatchObject({ code: 'NOT_FOUND', error: 'Target not found: nowhere.' });
});

test('agents are listed that the project can count on, by capability', async () => {
  const project = newProject();
  const entry = { capabilities: ['general', 'build'], status: 'online', projectId: project, lastHeartbeat: new Date().toISOString() };
  world.registry.put('mine', { ...entry, guid: 'mine', handle: 'a' });
  world.registry.put('secret', { ...entry, guid: 'secret', handle: 'b', visibility: 'private' });
  world.registry.put('special', { ...entry, guid: 'special', handle: 'c', capabilities: ['build'] });
  world.registry.put('gone', { ...entry, guid: 'gone', handle: 'd', status: 'offline' });
  world.registry.put('public', { ...entry, guid: 'public', handle: 'e', projectId: 'elsewhere', visibility: 'public' });
  world.registry.put('theirs', { ...entry, guid: 'theirs', handle: 'f', projectId: 'elsewhere' });
  world.registry.put('ours', { ...entry, guid: 'ours', handle: 'g', projectId: 'elsewhere', visibility: 'user-only', username: 'kim' });
  world.registry.put('hers', { ...entry, guid: 'hers', handle: 'h', visibility: 'user-only', username: 'lee' });
  const list = async (filter?: object) => (await ask<{ guid: string }[]>(`coord.${project}.agents.list`, filter)).map(({ guid }) => guid);
  expect(await list()).toEqual(['mine', 'ours', 'public']);
  expect(await list({ capability: 'build' })).toEqual(['mine', 'ours', 'public', 'special']);
  expect((await ask<object[]>(`coord.${project}.agents.list`))[0]).toEqual(await get('/api/agents/mine'));
  world.registry.clear();
});

test('an agent of the project is asked to stop, another project’s is not', async () => {
  const project = newProject();
  const entry = { handle: 'a', capabilities: ['general'], status: 'online', visibility: 'public', lastHeartbeat: new Date().toISOString() };
  world.registry.put('to-stop', { ...entry, guid: 'to-stop', projectId: project });
  world.registry.put('not-ours', { ...entry, guid: 'not-ours', projectId: 'elsewhere' });

  for (const guid of ['to-stop', 'not-ours', 'nobody']) {
    expect(await ask(`coord.${project}.agents.shutdown`, { guid, graceful: false })).toEqual({ success: true });
  }

  expect(world.bus.asked).toEqual([`${project} to-stop at once`]);
  world.registry.clear();

  const guid = await startedAgent(world, { state: 'busy' });
  expect(await ask('coord.default.agents.shutdown', { guid, gracePeriodMs: 7000 })).toEqual({ success: true });
  expect(await world.query('delete from sessions returning guid, stop_grace_ms as grace')).toEqual([{ guid, grace: 7000 }]);
});

test('figures are counted for a project and for all', async () => {
  const project = newProject();
  await ask(`coord.${project}.work.submit`, WORK);
  expect(await ask(`coord.${project}.stats`)).toEqual({ pending: 1, active: 0, completed: 0, failed: 0, total: 1 });
  expect(await ask(`coord.global.stats`)).toMatchObject({ totals: { agents: 0 }, byProject: { [project]: { pendingWork: 1 } } });
  expect((await ask<{ projects: string[] }>('coord.global.projects')).projects).toContain(project);
});

const NESTED = `{"contextData":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`;

test.each([
  ['no JSON', 'coord.hostile.work.submit', '{'],
  ['no UTF-8', 'coord.hostile.work.submit', Buffer.from([0x7b, 0xff, 0x7d])],
  ['too large', 'coord.hostile.work.submit', `{"description":"${'x'.repeat(2_000_000)}"}`],
  ['too deep', 'coord.hostile.work.submit', NESTED],
  ['with NUL', 'coord.hostile.work.submit', JSON.stringify({ ...WORK, description: 'a\0b' })],
  ['an array', 'coord.hostile.work.list', '[]'],
  ['a number', 'coord.hostile.targets.list', '7'],
  ['null', 'coord.hostile.work.get', 'null'],
  ['of wrong types', 'coord.hostile.work.get', '{"id":{"$ne":1}}'],
  ['nothing at all', 'coord.hostile.targets.update', ''],
  ['an unknown status', 'coord.hostile.work.list', '{"status":"done"}'],
  ['for a reserved project', 'coord.global.work.submit', JSON.stringify(WORK)],
  ['for a project that is too long', `coord.${'p'.repeat(65)}.work.list`, ''],
  ['with a prototype', 'coord.hostile.targets.update', '{"__proto__":{"target":"laptop","updates":{}}}'],
])('a request that is %s is answered with an error, and nothing breaks', async (_what, subject, payload) => {
  const answer = (await world.askRaw(subject, payload)).json<{ error: string; code: string; message: string }>();
  expect(answer.error).toBe(answer.message);
  expect(['BAD_REQUEST', 'BODY_TOO_LARGE']).toContain(answer.code);
  expect(await ask('coord.hostile.work.list')).toEqual([]);
});

test('a key that would change a prototype is refused', async () => {
  const project = newProject();
  const body = JSON.stringify({ ...WORK, contextData: { safe: 1 } }).replace('"safe"', '"__proto__"');
  expect((await world.askRaw(`coord.${project}.work.submit`, body)).json()).toMatchObject({ code: 'BAD_REQUEST' });
  expect(await ask(`coord.${project}.work.list`)).toEqual([]);
});

test('a subject that nobody serves is refused at once by NATS', async () => {
  await expect(ask('coord.default.work.explode')).rejects.toThrow(/no responders/i);
});

test('what nobody waits for is not done, and no stranger chooses where we write', async () => {
  const project = newProject();
  const heard: string[] = [];
  const subscription = world.client.subscribe('weft.v1.>', {
    callback: (_error, { subject }) => {
      heard.push(subject);
    },
  });
  world.client.publish(`coord.${project}.work.submit`, JSON.stringify(WORK));
  world.client.publish(`coord.${project}.work.submit`, JSON.stringify(WORK), { reply: 'weft.v1.default.agent.someone.assign' });
  world.client.publish(`coord.${project}.work.submit`, JSON.stringify(WORK), { reply: `coord.${project}.work.submit` });
  const [item] = [await ask<WorkItem>(`coord.${project}.work.submit`, WORK)];
  // Twice, so that each replica has dealt with all that came before.
  for (let turn = 0; turn < 20; turn++) expect((await ask<WorkItem[]>(`coord.${project}.work.list`)).map(({ id }) => id)).toEqual([item.id]);
  expect(heard).toEqual([]);
  subscription.unsubscribe();
});

test('a store that is away is an answer', async () => {
  world.engine.state = 'away';
  const item = await ask<WorkItem>(`coord.${newProject()}.work.submit`, WORK);
  expect(item.phase).toBe('waiting');
  world.engine.state = 'here';
});

test('it goes on by itself when NATS was away', async () => {
  const project = newProject();
  await ask(`coord.${project}.work.submit`, WORK);
  await world.server.kill9();
  await world.server.restart();
  await world.recovered();
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask<WorkItem>(`coord.${project}.work.submit`, WORK)));
  expect(new Set(answers.map(({ id }) => id)).size).toBe(20);
  expect(await ask<WorkItem[]>(`coord.${project}.work.list`)).toHaveLength(21);
});

test('one that stops answers what it has begun, and the other takes what follows', async () => {
  const project = newProject();
  const [first] = world.replicas;
  const answers = Array.from({ length: 60 }, () => ask<WorkItem>(`coord.${project}.work.submit`, WORK));
  const stopping = first?.stop();
  await Promise.all(answers);
  await stopping;
  expect(await ask<WorkItem[]>(`coord.${project}.work.list`)).toHaveLength(60);
});
