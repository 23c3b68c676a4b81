import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HOST, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';
import { AUTHOR } from '../../support/author.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

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
  expect(await world.ledger.targets.find('default', target.id)).toEqual(target);
  expect(await world.ledger.targets.find('default', 'laptop')).toEqual(target);
  expect(await world.ledger.targets.find('other', 'laptop')).toBeNull();
});

test('a name is taken once per project, until its target is removed', async () => {
  const first = await world.registerTarget({ name: 'twice' });

  await expect(world.registerTarget({ name: 'twice' })).rejects.toMatchObject({ code: 'CONFLICT' });
  await world.registerTarget({ name: 'twice', projectId: 'other' });
  expect(await world.ledger.targets.remove('default', 'twice', AUTHOR)).toBe(true);
  const second = await world.registerTarget({ name: 'twice' });

  expect(second.id).not.toBe(first.id);
  expect(await world.ledger.targets.find('default', first.id)).toBeNull();
});

test('of many that register one name at once, one wins', async () => {
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => world.registerTarget({ name: 'race' })));

  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('an id wins over a name that looks like one', async () => {
  const first = await world.registerTarget({ name: 'plain' });
  await world.registerTarget({ name: first.id });

  expect((await world.ledger.targets.find('default', first.id))?.name).toBe('plain');
});

test('lists by name, in pages, without the removed ones', async () => {
  for (const name of ['c', 'a', 'b', 'gone']) await world.registerTarget({ projectId: 'listed', name });
  await world.ledger.targets.remove('listed', 'gone', AUTHOR);

  const page = await world.ledger.targets.list('listed', { limit: 2, from: null });
  const rest = await world.ledger.targets.list('listed', { limit: 2, from: { direction: 'after', position: 'b' } });
  const back = await world.ledger.targets.list('listed', { limit: 2, from: { direction: 'before', position: 'c' } });

  expect(page.items.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(rest.items.map(({ name }) => name)).toEqual(['c']);
  expect(back).toEqual({ ...page, hasBefore: false, hasAfter: true });
  expect([page.hasBefore, page.hasAfter, rest.hasBefore, rest.hasAfter]).toEqual([false, true, true, false]);
});

test('its use is what its sessions say', async () => {
  const target = await world.registerTarget({ name: 'used', projectId: 'used' });
  const attempt = await world.attempt(await world.queue({ projectId: 'used' })).catch(() => null);
  const busy = await world.ledger.targets.find('used', target.id);
  const [session] = await world.query<{ guid: string }>('select guid from sessions where target_id = $1', [target.id]);
  await world.ledger.sessions.recordGone(session?.guid ?? '');
  const idle = await world.ledger.targets.find('used', target.id);

  expect(attempt).not.toBeNull();
  expect(busy).toMatchObject({ status: 'in-use', useCount: 1, currentAgentGuid: session?.guid, lastUsedAt: expect.any(String) });
  expect(idle).toMatchObject({ status: 'available', useCount: 1 });
});

test('nothing is started on a removed target, and a slot that was granted there is given back', async () => {
  const target = await world.registerTarget({ projectId: 'removed' });
  const writer = await world.queue({ projectId: 'removed' });
  const grant = await world.grantTo(writer);
  await world.ledger.targets.remove('removed', target.id, AUTHOR);

  const answer = await world.take(writer, grant);
  const round = await world.grantSlots({ resendMs: 0 });

  expect(answer).toMatchObject({ kind: 'refused' });
  expect(round.grants.map(({ workId }) => workId)).not.toContain(writer.workId);
  expect((await world.item(writer.workId)).reason).toBe('the project has no target');
});

test('removing what is not there says so', async () => {
  expect(await world.ledger.targets.remove('default', randomUUID(), AUTHOR)).toBe(false);
  expect(await world.ledger.targets.remove('default', 'nobody', AUTHOR)).toBe(false);
});

test('a target that names no host is refused', async () => {
  const nowhere = world.registerTarget({ config: { mechanism: 'local', command: 'true' } });

  await expect(nowhere).rejects.toMatchObject({ code: 'TARGET_MISCONFIGURED' });
});

test('registering and removing are events of the target', async () => {
  const { id } = await world.registerTarget({ name: 'told' });
  await world.ledger.targets.remove('default', 'told', AUTHOR);

  const events = await world.query("select seq, type, data ->> 'targetName' as name from events where entity_id = $1 order by seq", [id]);

  expect(events).toEqual([
    { seq: 1, type: 'target:registered', name: 'told' },
    { seq: 2, type: 'target:removed', name: 'told' },
  ]);
});
