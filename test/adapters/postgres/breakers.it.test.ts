import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AUTHOR } from '../../support/author.ts';
import type { Target } from '../../../src/domain/targets/target.ts';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';
import { spinUpWords } from './spin-up-words.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

const spinUps = spinUpWords(() => world);
const REFUSED = { cause: 'start-refused', message: 'no room' } as const;
const FAILED = { cause: 'spin-up-failed', message: 'no such program' } as const;
const BROKEN = { state: 'open', cause: 'starts', failures: 3, lastError: 'no such program' };

/** A start of an agent on the target, under way. */
async function started(): Promise<string> {
  const writer = await world.queue();
  const taken = await world.take(writer, await world.grantTo(writer));
  if (taken.kind !== 'taken') throw new Error(taken.reason);
  return taken.agentGuid;
}

async function end(guid: string, how: Parameters<World['ledger']['sessions']['recordEnding']>[1] = FAILED): Promise<void> {
  await world.ledger.sessions.recordEnding(guid, how);
  await world.ledger.sessions.recordGone(guid);
}

async function failStarts(count: number): Promise<void> {
  for (let failed = 0; failed < count; failed++) await end(await started());
}

async function found({ id }: Target): Promise<Target> {
  const target = await world.ledger.targets.findEvenRemoved(id);
  if (target === null) throw new Error('no target');
  return target;
}

/** Its time is over, as if it had passed. */
async function letTimePass({ id }: Target): Promise<void> {
  await world.query("update targets set breaker_until = now() - interval '1 ms' where id = $1 and breaker_state = 'open'", [id]);
}

async function eventsOf({ id }: Target): Promise<readonly string[]> {
  return (await spinUps.eventsOf(id)).map(({ type }) => type).slice(1);
}

describe('starts that fail', () => {
  test('open the breaker of their target: it gets no more, says why, and is in error', async () => {
    const target = await world.registerTarget();
    await failStarts(2);
    const almost = await found(target);
    await failStarts(1);

    const round = await world.grantSlots();
    const broken = await found(target);
    const writer = await world.queue();
    const none = await world.grantSlots();

    expect(almost).toMatchObject({ status: 'available', breaker: { state: 'closed', failures: 2 } });
    expect(broken).toMatchObject({ status: 'error', breaker: { ...BROKEN, until: expect.any(String), since: expect.any(String) } });
    // Though nobody waits, so that it is half-open in time.
    expect(round.lookAgainInMs).toBeGreaterThan(0);
    expect(round.lookAgainInMs).toBeLessThanOrEqual(10_000);
    expect(none.grants).toEqual([]);
    expect((await world.item(writer.workId)).reason).toBe('the breaker of every target for "build" is open: starts failed there');
    expect(await eventsOf(target)).toEqual(['target:breaker-opened', 'target:updated']);
  });

  test('send the item to another target', async () => {
    const broken = await world.registerTarget();
    await failStarts(3);
    const other = await world.registerTarget();
    const writer = await world.queue();

    const { choice } = await world.grantTo(writer);

    expect(choice).toEqual({ kind: 'start', targetId: other.id });
    expect(other.id).not.toBe(broken.id);
  });

  test('and those that an item called off are not the target’s fault', async () => {
    const target = await world.registerTarget();

    for (let count = 0; count < 5; count++) await end(await started(), { cause: 'stopped', message: 'cancelled' });
    await end(await started().then(async (guid) => (await world.ledger.sessions.recordRegistered(guid), guid)), { cause: 'lost', message: 'silent' });

    expect(await found(target)).toMatchObject({ status: 'available', breaker: { state: 'closed', failures: 0 } });
    expect(await eventsOf(target)).toEqual([]);
  });

  test('take back the starts that were granted and have not begun', async () => {
    await world.registerTarget({ limits: { agentsMax: 10 } });
    const failing = await Promise.all([1, 2, 3].map(() => world.queue()));
    const late = await world.queue();
    const { grants } = await world.grantSlots();
    const grantOf = ({ workId }: { workId: string }) => {
      const grant = grants.find((one) => one.workId === workId);
      if (grant === undefined) throw new Error('not granted');
      return grant;
    };
    for (const writer of failing) {
      const taken = await world.take(writer, grantOf(writer));
      await end(taken.kind === 'taken' ? taken.agentGuid : '');
    }

    expect(await world.take(late, grantOf(late))).toMatchObject({ kind: 'refused', reason: expect.stringContaining('breaker') });
  });
});

describe('a half-open breaker', () => {
  test('lets one start through under any burst, and closes when it succeeds', async () => {
    const target = await world.registerTarget({ limits: { agentsMax: 10 } });
    await failStarts(3);
    await letTimePass(target);
    const writers = await Promise.all(Array.from({ length: 8 }, () => world.queue()));
    await spinUps.request(target.name);

    const rounds = await Promise.all([1, 2, 3].map(() => world.grantSlots()));
    const again = await world.grantSlots();
    const [trial] = await world.query<{ guid: string }>("select guid from sessions where state = 'starting'");

    // The start that a person asked for comes first.
    expect(rounds.flatMap(({ grants }) => grants)).toEqual([]);
    expect(again.grants).toEqual([]);
    expect(await found(target)).toMatchObject({ status: 'in-use', breaker: { state: 'half-open' } });
    expect(await world.ledger.sessions.recordRegistered(trial?.guid ?? '')).toEqual({ targetRecovered: true });
    expect((await world.grantSlots()).grants).toHaveLength(writers.length);
    expect(await found(target)).toMatchObject({ breaker: { state: 'closed', failures: 0 } });
    expect((await eventsOf(target)).filter((type) => type !== 'spin-up:triggered')).toEqual([
      'target:breaker-opened',
      'target:updated',
      'target:breaker-half-opened',
      'target:updated',
      'target:breaker-closed',
    ]);
  });

  test('opens for longer when the one start fails', async () => {
    const target = await world.registerTarget();
    await failStarts(3);
    await letTimePass(target);

    await failStarts(1);

    const { breaker } = await found(target);
    expect(breaker).toMatchObject({ state: 'open', failures: 4 });
    expect(Date.parse(breaker.until ?? '') - Date.parse(breaker.since ?? '')).toBe(20_000);
  });

  test('has its trial again when the one start was called off', async () => {
    const target = await world.registerTarget();
    await failStarts(3);
    await letTimePass(target);

    await end(await started(), { cause: 'stopped', message: 'cancelled' });

    expect(await started()).toEqual(expect.any(String));
  });
});

test('a target that refuses is asked again ever more rarely, whatever its checks say, and is not in error', async () => {
  const target = await world.registerTarget();
  await end(await started(), REFUSED);
  await world.ledger.targets.recordHealth(target.id, { healthy: true }, AUTHOR);
  const first = await found(target);

  await letTimePass(target);
  await end(await started(), REFUSED);

  const writer = await world.queue();
  expect((await world.grantSlots()).grants).toEqual([]);
  expect((await world.item(writer.workId)).reason).toContain('breaker');
  expect(first).toMatchObject({ status: 'in-use', healthStatus: 'healthy', breaker: { state: 'open', cause: 'refused', failures: 0 } });
  const { breaker } = await found(target);
  expect(Date.parse(breaker.until ?? '') - Date.parse(breaker.since ?? '')).toBe(20_000);
});

describe('a target that is found unhealthy', () => {
  test('gets no starts until a check finds it healthy', async () => {
    const target = await world.registerTarget();
    await world.ledger.targets.recordHealth(target.id, { healthy: false, error: 'gone' }, AUTHOR);
    const writer = await world.queue();
    const none = await world.grantSlots();
    const { reason } = await world.item(writer.workId);

    const well = await world.ledger.targets.recordHealth(target.id, { healthy: true }, AUTHOR);

    expect(none.grants).toEqual([]);
    expect(reason).toBe('every target for "build" is unhealthy');
    expect(well).toMatchObject({ status: 'available', breaker: { state: 'closed' } });
    await world.grantTo(writer);
  });

  test('may show by one start that it is well', async () => {
    const target = await world.registerTarget();
    await world.ledger.targets.recordHealth(target.id, { healthy: false, error: 'gone' }, AUTHOR);
    await letTimePass(target);

    await world.ledger.sessions.recordRegistered(await started());

    expect(await found(target)).toMatchObject({ status: 'in-use', healthStatus: 'healthy', breaker: { state: 'closed' } });
  });

  test('counts as one in error, and is listed as such', async () => {
    await world.registerTarget({ projectId: 'counted' });
    const sick = await world.registerTarget({ projectId: 'counted' });
    await world.ledger.targets.recordHealth(sick.id, { healthy: false, error: 'gone' }, AUTHOR);

    const counts = (await world.ledger.stats.readCounts()).find(({ projectId }) => projectId === 'counted');
    const listed = await world.ledger.targets.list({ projectId: 'counted', filter: { status: 'error' }, page: { limit: 10, from: null } });

    expect(counts?.targets).toEqual({ available: 1, inUse: 0, disabled: 0, error: 1 });
    expect(listed.items.map(({ id }) => id)).toEqual([sick.id]);
  });
});

test.each(['enabling it', 'another configuration'])('%s closes the breaker of a target and forgets what was found', async (how) => {
  const target = await world.registerTarget();
  await failStarts(3);
  await world.ledger.targets.recordHealth(target.id, { healthy: false, error: 'gone' }, AUTHOR);
  const ref = { idOrName: target.id, first: 'default', projects: 'all' as const };

  if (how === 'enabling it') expect(await world.ledger.targets.enable(ref, AUTHOR)).toMatchObject({ changed: true });
  else await world.ledger.targets.update(ref, { config: { command: 'false' } }, AUTHOR);

  expect(await found(target)).toMatchObject({ status: 'available', healthStatus: 'unknown', breaker: { state: 'closed', failures: 0 } });
  expect(await eventsOf(target)).toEqual([
    'target:breaker-opened',
    'target:updated',
    'target:health-changed',
    'target:updated',
    'target:health-changed',
    'target:breaker-closed',
  ]);
  expect(await started()).toEqual(expect.any(String));
});
