import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { SeenPlace } from '../../../src/domain/targets/probe.ts';
import { healthScheduleOf } from '../../../src/domain/targets/health-schedule.ts';
import type { Target } from '../../../src/domain/targets/target.ts';
import { AUTHOR } from '../../support/author.ts';
import { HOST, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

const CHECK = { enabled: true, intervalMs: 1500, timeoutMs: 700 };
const SICK = { healthy: false, error: 'no such program' } as const;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

function refOf({ id }: Target) {
  return { idOrName: id, first: 'default', projects: 'all' as const };
}

async function begun(target: Target): Promise<SeenPlace> {
  const plan = await world.ledger.targets.planCheck(target.id);
  if (plan === null) throw new Error('it is not looked at');
  return plan.seen;
}

async function found({ id }: Target): Promise<Target | null> {
  return world.ledger.targets.findEvenRemoved(id);
}

test('lists the targets that are to be looked at, a page at a time', async () => {
  const checked = [await world.registerTarget({ healthCheck: CHECK }), await world.registerTarget({ healthCheck: CHECK })];
  const others = [
    await world.registerTarget(),
    await world.registerTarget({ healthCheck: { ...CHECK, enabled: false } }),
    await world.registerTarget({ healthCheck: CHECK, mechanism: 'ssh', config: { host: 'h' } }),
  ];
  const off = await world.registerTarget({ healthCheck: CHECK });
  await world.ledger.targets.disable(refOf(off), null, AUTHOR);
  const gone = await world.registerTarget({ healthCheck: CHECK });
  await world.ledger.targets.remove(refOf(gone), AUTHOR);

  const first = await world.ledger.targets.listChecked({ after: null, limit: 1 });
  const rest = await world.ledger.targets.listChecked({ after: first[0]?.targetId ?? null, limit: 10 });

  expect([...first, ...rest]).toEqual(checked.map(healthScheduleOf).sort((one, other) => ((one?.targetId ?? '') < (other?.targetId ?? '') ? -1 : 1)));
  expect([...first, ...rest].map(({ intervalMs }) => intervalMs)).toEqual([2000, 2000]);
  for (const other of others) expect(healthScheduleOf(other)).toBeNull();
});

test('what a look finds is kept, without a row of the audit, and wakes who waits when it is good news', async () => {
  const target = await world.registerTarget({ healthCheck: CHECK });
  const audited = await world.query('select count(*)::int from audit');

  const sick = await world.ledger.targets.recordCheck(target.id, await begun(target), SICK);
  const inError = await found(target);
  const well = await world.ledger.targets.recordCheck(target.id, await begun(target), { healthy: true });
  const again = await world.ledger.targets.recordCheck(target.id, await begun(target), { healthy: true });

  expect(inError).toMatchObject({ status: 'error', healthStatus: 'unhealthy', breaker: { state: 'open', cause: 'health' } });
  expect(await found(target)).toMatchObject({ status: 'available', healthStatus: 'healthy', lastHealthCheck: expect.any(String) });
  expect([sick, well, again]).toEqual([{ recovered: false }, { recovered: true }, { recovered: false }]);
  expect(await world.query('select count(*)::int from audit')).toEqual(audited);
});

test('nobody looks at a target whose host is stopped, and it is not unhealthy by that', async () => {
  const target = await world.registerTarget({ healthCheck: CHECK });
  const seen = await begun(target);
  await world.ledger.sessions.closeHost(HOST);

  expect(await world.ledger.targets.planCheck(target.id)).toBeNull();
  await world.ledger.targets.recordCheck(target.id, seen, SICK);

  expect(await found(target)).toMatchObject({ status: 'available', healthStatus: 'unknown' });
});

test.each(['its host was started again', 'it was changed', 'it was disabled', 'it was removed'])('a look during which %s counts for nothing', async (what) => {
  const target = await world.registerTarget({ healthCheck: CHECK });
  const seen = await begun(target);
  const { targets, sessions } = world.ledger;

  if (what.includes('host')) {
    await world.query("update hosts set updated_at = updated_at - interval '1 s'");
    await sessions.openHost(HOST);
  } else if (what.includes('changed')) await targets.update(refOf(target), { config: { command: 'false' } }, AUTHOR);
  else if (what.includes('disabled')) await targets.disable(refOf(target), null, AUTHOR);
  else await targets.remove(refOf(target), AUTHOR);
  await targets.recordCheck(target.id, seen, SICK);

  expect(await found(target)).toMatchObject({ healthStatus: 'unknown', breaker: { state: 'closed' } });
});
