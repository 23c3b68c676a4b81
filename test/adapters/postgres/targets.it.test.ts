import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HOST, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';
import type { TargetQuery, TargetRef } from '../../../src/ports/ledger/target-ledger.ts';
import { listPositionOf } from '../../../src/domain/targets/list-position.ts';
import { AUTHOR } from '../../support/author.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** Looked for in one project only. */
function at(projectId: string, idOrName: string): TargetRef {
  return { idOrName, first: projectId, projects: [projectId] };
}

function query(projectId: string, rest: Partial<TargetQuery> = {}): TargetQuery {
  return { projectId, filter: {}, page: { limit: 100, from: null }, ...rest };
}

test('a target is found by id and by name, as it was sent', async () => {
  const config = { mechanism: 'local', local: { command: 'echo hello && sleep 2', hostId: HOST } };
  const target = await world.registerTarget({ name: 'laptop', description: 'mine', tags: ['a'], config, limits: { agentsMax: 2, idleTimeoutMs: 5 } });

  expect(target).toMatchObject({
    projectId: 'default',
    name: 'laptop',
    description: 'mine',
    config,
    limits: { agentsMax: 2, idleTimeoutMs: 5 },
    boundaries: ['corporate', 'corporate-adjacent', 'personal', 'open-source'],
    status: 'available',
    healthStatus: 'unknown',
    registeredBy: 'api',
    useCount: 0,
    version: 1,
    tags: ['a'],
  });
  expect(await world.ledger.targets.find(at('default', target.id))).toEqual(target);
  expect(await world.ledger.targets.find(at('default', 'laptop'))).toEqual(target);
  expect(await world.ledger.targets.find(at('other', 'laptop'))).toBeNull();
});

test('a name is taken once per project, until its target is removed', async () => {
  const first = await world.registerTarget({ name: 'twice' });

  await expect(world.registerTarget({ name: 'twice' })).rejects.toMatchObject({ code: 'CONFLICT' });
  await world.registerTarget({ name: 'twice', projectId: 'other' });
  expect(await world.ledger.targets.remove(at('default', 'twice'), AUTHOR)).toMatchObject({ id: first.id });
  const second = await world.registerTarget({ name: 'twice' });

  expect(second.id).not.toBe(first.id);
  expect(await world.ledger.targets.find(at('default', first.id))).toBeNull();
});

test('of many that register one name at once, one wins', async () => {
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => world.registerTarget({ name: 'race' })));

  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('lists those that can start agents first, then by name, in pages, without the removed ones', async () => {
  for (const name of ['c', 'a', 'b', 'off', 'gone']) await world.registerTarget({ projectId: 'listed', name });
  await world.registerTarget({ projectId: 'listed', name: '0-ssh', mechanism: 'ssh', config: { host: 'h' } });
  await world.ledger.targets.remove(at('listed', 'gone'), AUTHOR);
  await world.ledger.targets.disable(at('listed', 'a'), null, AUTHOR);

  const all = await world.ledger.targets.list(query('listed'));
  const pages = await pagesOf('listed', 2);

  expect(all.items.map(({ name }) => name)).toEqual(['b', 'c', 'off', '0-ssh', 'a']);
  expect(pages.map(({ items }) => items.map(({ name }) => name))).toEqual([['b', 'c'], ['off', '0-ssh'], ['a']]);
  expect(pages.map(({ total, hasBefore, hasAfter }) => [total, hasBefore, hasAfter])).toEqual([
    [5, false, true],
    [5, true, true],
    [5, true, false],
  ]);
});

test('a page can be read backwards', async () => {
  const middle = (await pagesOf('listed', 2))[1]?.items ?? [];
  const position = listPositionOf(middle[0] ?? { name: '', status: 'available', mechanism: 'local' });

  const back = await world.ledger.targets.list(query('listed', { page: { limit: 2, from: { direction: 'before', position } } }));

  expect(back.items.map(({ name }) => name)).toEqual(['b', 'c']);
  expect([back.hasBefore, back.hasAfter]).toEqual([false, true]);
});

async function pagesOf(projectId: string, limit: number) {
  const pages = [await world.ledger.targets.list(query(projectId, { page: { limit, from: null } }))];
  for (let last = pages[0]?.items.at(-1); pages.at(-1)?.hasAfter && last !== undefined; last = pages.at(-1)?.items.at(-1)) {
    pages.push(await world.ledger.targets.list(query(projectId, { page: { limit, from: { direction: 'after', position: listPositionOf(last) } } })));
  }
  return pages;
}

test.each<[TargetQuery['filter'], readonly string[]]>([
  [{}, ['both', 'plain', 'shell', 'off']],
  [{ agentType: 'copilot-cli' }, ['plain']],
  [{ capability: 'test' }, ['both']],
  [{ boundary: 'personal' }, ['both', 'shell', 'off']],
  [{ boundary: 'corporate', capability: 'build' }, ['plain']],
  [{ status: 'disabled' }, ['off']],
  [{ status: 'available' }, ['both', 'plain', 'shell']],
  [{ mechanism: 'local', agentType: 'claude-code' }, ['both', 'shell', 'off']],
  [{ capability: "'; drop table targets; --" }, []],
])('filtered by %j', async (filter, names) => {
  if ((await world.ledger.targets.find(at('filtered', 'both'))) === null) {
    await world.registerTarget({ projectId: 'filtered', name: 'both', capabilities: ['build', 'test'], boundaries: ['personal'] });
    await world.registerTarget({ projectId: 'filtered', name: 'plain', agentType: 'copilot-cli', boundaries: ['corporate'] });
    await world.registerTarget({ projectId: 'filtered', name: 'shell', boundaries: ['personal'] });
    await world.registerTarget({ projectId: 'filtered', name: 'off', boundaries: ['personal'] });
    await world.ledger.targets.disable(at('filtered', 'off'), null, AUTHOR);
  }

  const found = await world.ledger.targets.list(query('filtered', { filter }));

  expect(found.items.map(({ name }) => name)).toEqual(names);
  expect(found.total).toBe(names.length);
});

test('a name is looked for in the first project, then in the others in the order of their creation', async () => {
  for (const projectId of ['older', 'newer', 'mine']) await world.registerTarget({ projectId, name: projectId === 'mine' ? 'of-mine' : 'shared' });
  const find = async (first: string, projects: TargetRef['projects'], idOrName = 'shared') =>
    (await world.ledger.targets.find({ idOrName, first, projects }))?.projectId;

  expect(await find('newer', 'all')).toBe('newer');
  expect(await find('mine', 'all')).toBe('older');
  expect(await find('mine', ['mine', 'newer'])).toBe('newer');
  expect(await find('mine', ['mine'])).toBeUndefined();
  expect(await find('older', 'all', 'of-mine')).toBe('mine');
});

test('an id is found in any spelling', async () => {
  const { id } = await world.registerTarget();

  expect(await world.ledger.targets.find(at('default', id.toUpperCase()))).toMatchObject({ id });
});

test('its use is what its sessions say', async () => {
  const target = await world.registerTarget({ name: 'used', projectId: 'used' });
  const attempt = await world.attempt(await world.queue({ projectId: 'used' })).catch(() => null);
  const busy = await world.ledger.targets.find(at('used', target.id));
  const [session] = await world.query<{ guid: string }>('select guid from sessions where target_id = $1', [target.id]);
  await world.ledger.sessions.recordGone(session?.guid ?? '');
  const idle = await world.ledger.targets.find(at('used', target.id));

  expect(attempt).not.toBeNull();
  expect(busy).toMatchObject({ status: 'in-use', useCount: 1, currentAgentGuid: session?.guid, lastUsedAt: expect.any(String) });
  expect(idle).toMatchObject({ status: 'available', useCount: 1 });
});

test('nothing is started on a removed target, and a slot that was granted there is given back', async () => {
  const target = await world.registerTarget({ projectId: 'removed' });
  const writer = await world.queue({ projectId: 'removed' });
  const grant = await world.grantTo(writer);
  await world.ledger.targets.remove(at('removed', target.id), AUTHOR);

  const answer = await world.take(writer, grant);
  const round = await world.grantSlots({ resendMs: 0 });

  expect(answer).toMatchObject({ kind: 'refused' });
  expect(round.grants.map(({ workId }) => workId)).not.toContain(writer.workId);
  expect((await world.item(writer.workId)).reason).toBe('the project has no target');
});

test('removing what is not there says so', async () => {
  expect(await world.ledger.targets.remove(at('default', randomUUID()), AUTHOR)).toBeNull();
  expect(await world.ledger.targets.remove(at('default', 'nobody'), AUTHOR)).toBeNull();
});

test('registering and removing are events of the target', async () => {
  const { id } = await world.registerTarget({ name: 'told' });
  await world.ledger.targets.remove(at('default', 'told'), AUTHOR);

  const events = await world.query("select seq, type, data ->> 'targetName' as name from events where entity_id = $1 order by seq", [id]);

  expect(events).toEqual([
    { seq: 1, type: 'target:registered', name: 'told' },
    { seq: 2, type: 'target:removed', name: 'told' },
  ]);
});
