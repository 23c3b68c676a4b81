import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TargetRef } from '../../../src/ports/ledger/target-ledger.ts';
import { AUTHOR } from '../../support/author.ts';
import { HOST, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** Looked for in one project only. */
function at(projectId: string, idOrName: string): TargetRef {
  return { idOrName, first: projectId, projects: [projectId] };
}

async function eventsOf(id: string): Promise<object[]> {
  return world.query("select type, data - 'targetId' - 'targetName' as data from events where entity_id = $1 order by seq", [id]);
}

test('concurrent updates of different fields all stay', async () => {
  const { id } = await world.registerTarget({ projectId: 'updates', name: 'busy' });
  const update = world.ledger.targets.update;

  await Promise.all([
    update(at('updates', id), { description: 'new' }, AUTHOR),
    update(at('updates', id), { capabilities: ['test'] }, AUTHOR),
    update(at('updates', id), { limits: { agentsMax: 9 } }, AUTHOR),
    update(at('updates', id), { limits: { idleTimeoutMs: 7 } }, AUTHOR),
    update(at('updates', id), { config: { args: ['a'] } }, AUTHOR),
    update(at('updates', id), { config: { env: { A: 'b' } } }, AUTHOR),
  ]);

  expect(await world.ledger.targets.find(at('updates', id))).toMatchObject({
    description: 'new',
    capabilities: ['test'],
    limits: { agentsMax: 9, idleTimeoutMs: 7 },
    config: { command: 'true', args: ['a'], env: { A: 'b' } },
    version: 7,
  });
});

test('of many that change one version at once, one wins', async () => {
  const { id } = await world.registerTarget({ projectId: 'versions' });

  const results = await Promise.allSettled(
    Array.from({ length: 6 }, (_, index) => world.ledger.targets.update(at('versions', id), { version: 1, tags: [String(index)] }, AUTHOR)),
  );

  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'CONFLICT', details: { version: 2 } });
  expect((await eventsOf(id)).map((event) => (event as { type: string }).type)).toEqual(['target:registered', 'target:updated']);
});

test('an update of the configuration reaches the next start, and makes the health unknown', async () => {
  const { id } = await world.registerTarget({ projectId: 'reconfigured' });
  await world.ledger.targets.recordHealth(id, { healthy: false, error: 'no such program' }, AUTHOR);

  const target = await world.ledger.targets.update(at('reconfigured', id), { config: { command: 'false', hostId: 'elsewhere' } }, AUTHOR);

  expect(target).toMatchObject({ status: 'available', healthStatus: 'unknown' });
  expect(target).not.toHaveProperty('lastError');
  expect(await world.ledger.targets.findPlace(id)).toMatchObject({ hostId: 'elsewhere', config: { local: { command: 'false' } } });
  expect((await eventsOf(id)).slice(1)).toEqual([
    { type: 'target:health-changed', data: { previousHealth: 'unknown', newHealth: 'unhealthy', error: 'no such program' } },
    { type: 'target:breaker-opened', data: { cause: 'health', failures: 0, until: expect.any(String), error: 'no such program' } },
    { type: 'target:updated', data: { previousStatus: 'available', newStatus: 'error' } },
    { type: 'target:updated', data: { previousStatus: 'error', newStatus: 'available' } },
    { type: 'target:health-changed', data: { previousHealth: 'unhealthy', newHealth: 'unknown' } },
    { type: 'target:breaker-closed', data: {} },
  ]);
});

test('an update without anything to change changes nothing', async () => {
  const target = await world.registerTarget({ projectId: 'untouched' });

  expect(await world.ledger.targets.update(at('untouched', target.id), {}, AUTHOR)).toEqual(target);
  expect(await world.ledger.targets.update(at('untouched', 'nobody'), {}, AUTHOR)).toBeNull();
});

test('a disabled target gets no start, says so to who waits, and gets them again when enabled', async () => {
  const { id } = await world.registerTarget({ projectId: 'switched' });
  const disabled = await world.ledger.targets.disable(at('switched', id), 'maintenance', AUTHOR);
  const writer = await world.queue({ projectId: 'switched' });
  const none = await world.grantSlots();
  const { reason } = await world.item(writer.workId);

  const enabled = await world.ledger.targets.enable(at('switched', id), AUTHOR);

  expect(disabled).toMatchObject({ changed: true, target: { status: 'disabled', disabledReason: 'maintenance', version: 2 } });
  expect(none.grants.map(({ workId }) => workId)).not.toContain(writer.workId);
  expect(reason).toBe('every target for "build" is disabled');
  expect(enabled).toMatchObject({ changed: true, target: { status: 'available', version: 3 } });
  await world.grantTo(writer);
  expect((await eventsOf(id)).slice(1)).toEqual([
    { type: 'target:disabled', data: { reason: 'maintenance' } },
    { type: 'target:updated', data: { previousStatus: 'disabled', newStatus: 'available' } },
  ]);
});

test('a start that was granted before its target was disabled is given back', async () => {
  const { id } = await world.registerTarget({ projectId: 'too-late' });
  const writer = await world.queue({ projectId: 'too-late' });
  const grant = await world.grantTo(writer);
  await world.ledger.targets.disable(at('too-late', id), null, AUTHOR);

  expect(await world.take(writer, grant)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('is disabled') });
});

test('switching what is switched already changes nothing', async () => {
  const { id, name } = await world.registerTarget({ projectId: 'twice-off' });

  expect(await world.ledger.targets.enable(at('twice-off', name), AUTHOR)).toMatchObject({ changed: false });
  const results = await Promise.all(Array.from({ length: 4 }, () => world.ledger.targets.disable(at('twice-off', id), null, AUTHOR)));

  expect(results.filter((result) => result?.changed)).toHaveLength(1);
  expect(await eventsOf(id)).toHaveLength(2);
  expect(await world.ledger.targets.disable(at('twice-off', 'nobody'), null, AUTHOR)).toBeNull();
});

test('a target of a mechanism that cannot start is registered, and never chosen', async () => {
  const target = await world.registerTarget({ projectId: 'later', mechanism: 'kubernetes', config: { mechanism: 'kubernetes' } });
  const writer = await world.queue({ projectId: 'later' });

  const round = await world.grantSlots();

  expect(target).toMatchObject({ status: 'available', mechanism: 'kubernetes', config: { mechanism: 'kubernetes' } });
  expect(round.grants.map(({ workId }) => workId)).not.toContain(writer.workId);
  expect((await world.item(writer.workId)).reason).toBe('no target for "build" has a mechanism by which this version can start agents');
});

test('its health is what the last check found; only changes are events', async () => {
  const { id } = await world.registerTarget({ projectId: 'health' });
  const record = world.ledger.targets.recordHealth;

  const sick = await record(id, { healthy: false, error: 'gone' }, AUTHOR);
  await record(id, { healthy: false, error: 'still gone' }, AUTHOR);
  const well = await record(id, { healthy: true }, AUTHOR);

  expect(sick).toMatchObject({ status: 'error', healthStatus: 'unhealthy', lastError: 'gone', lastHealthCheck: expect.any(String) });
  expect(well).toMatchObject({ status: 'available', healthStatus: 'healthy' });
  expect(well).not.toHaveProperty('lastError');
  expect((await eventsOf(id)).slice(1)).toEqual([
    { type: 'target:health-changed', data: { previousHealth: 'unknown', newHealth: 'unhealthy', error: 'gone' } },
    { type: 'target:breaker-opened', data: { cause: 'health', failures: 0, until: expect.any(String), error: 'gone' } },
    { type: 'target:updated', data: { previousStatus: 'available', newStatus: 'error' } },
    { type: 'target:health-changed', data: { previousHealth: 'unhealthy', newHealth: 'healthy' } },
    { type: 'target:breaker-closed', data: {} },
    { type: 'target:updated', data: { previousStatus: 'error', newStatus: 'available' } },
  ]);
  expect(await record(randomUUID(), { healthy: true }, AUTHOR)).toBeNull();
});

test('disabled wins over a failed check', async () => {
  const { id } = await world.registerTarget({ projectId: 'both' });
  await world.ledger.targets.recordHealth(id, { healthy: false, error: 'gone' }, AUTHOR);

  expect(await world.ledger.targets.disable(at('both', id), null, AUTHOR)).toMatchObject({ target: { status: 'disabled' } });
});

test('the last spin-up is that of the newest session whose start has ended', async () => {
  const target = await world.registerTarget({ name: 'spun', projectId: 'spun' });
  const writer = await world.queue({ projectId: 'spun' });
  const taken = await world.take(writer, await world.grantTo(writer));
  const guid = taken.kind === 'taken' ? taken.agentGuid : '';
  const starting = await world.ledger.targets.find(at('spun', target.id));
  await world.ledger.sessions.recordEnding(guid, { cause: 'spin-up-failed', message: 'no such program' });
  const failed = await world.ledger.targets.find(at('spun', target.id));
  await world.ledger.sessions.recordGone(guid);
  const other = await world.queue({ projectId: 'spun' });
  const { taken: second } = await world.start(other);
  const started = await world.ledger.targets.find(at('spun', target.id));

  expect(starting).not.toHaveProperty('lastSpinUp');
  expect(failed?.lastSpinUp).toMatchObject({ outcome: 'failure', error: 'no such program', workItemId: writer.workId, agent: { guid } });
  expect(started?.lastSpinUp).toEqual({
    time: expect.any(String),
    outcome: 'success',
    workItemId: other.workId,
    agent: { guid: second.agentGuid, agentType: 'claude-code', handle: expect.any(String), hostname: HOST },
  });
});

test('every change is in the audit, without secrets or descriptions', async () => {
  const config = { mechanism: 'local', command: 'true', env: { KEY: 'secret-1' }, hostId: HOST };
  const { id } = await world.registerTarget({ projectId: 'audited', config, description: 'private words' });
  await world.ledger.targets.update(at('audited', id), { config: { env: { KEY: 'secret-2' } }, description: 'other words' }, AUTHOR);
  await world.ledger.targets.disable(at('audited', id), null, AUTHOR);
  await world.ledger.targets.enable(at('audited', id), AUTHOR);
  await world.ledger.targets.recordHealth(id, { healthy: true }, AUTHOR);
  await world.ledger.targets.remove(at('audited', id), AUTHOR);

  const rows = await world.query<{ action: string }>('select * from audit where entity_id = $1 order by id', [id]);

  expect(rows.map(({ action }) => action)).toEqual(['target.register', 'target.update', 'target.disable', 'target.enable', 'target.test', 'target.remove']);
  expect(JSON.stringify(rows)).not.toMatch(/secret-|words/);
});
