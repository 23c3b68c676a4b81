import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLedger } from '../../../src/adapters/postgres/index.ts';
import { defaultPolicy } from '../../../src/domain/policy/project-policy.ts';
import type { Ledger } from '../../../src/ports/ledger/ledger.ts';
import { newItem, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';
import { startPostgresProxy } from './postgres-proxy.ts';
import type { PostgresProxy } from './postgres-proxy.ts';
import { AUTHOR } from '../../support/author.ts';
import { eventually } from '../../support/eventually.ts';

// It did not hang: however slow the machine is, that took less.
const BOUND_MS = 30_000;

let world: World;
let proxy: PostgresProxy;
/** Gives up early: for calls that shall fail. */
let hasty: Ledger;
/** For calls that shall reach the server. */
let patient: Ledger;

beforeEach(async () => {
  world = await openWorld();
  proxy = await startPostgresProxy(world.databaseUrl);
  hasty = openLedger(500);
  patient = openLedger(30_000);
});
afterEach(async () => {
  proxy.resume();
  await Promise.all([hasty.close(), patient.close()]);
  await proxy.close();
  await world.close();
});

function openLedger(timeoutMs: number): Ledger {
  const bounds = { connectTimeoutMs: timeoutMs, statementTimeoutMs: timeoutMs };
  return createLedger({ databaseUrl: proxy.url, poolMax: 3, defaultPolicy: defaultPolicy(10), defaultIdleTimeoutMs: 0, ...bounds });
}

async function failureOf(promise: Promise<unknown>): Promise<{ code: string; tookMs: number; error: unknown }> {
  const startedAt = performance.now();
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  return { code: (error as { code?: string } | null)?.code ?? 'none', tookMs: performance.now() - startedAt, error };
}

test('a submit answers in bounded time when nobody listens', async () => {
  await proxy.close();

  const { code, tookMs } = await failureOf(hasty.work.submit({ item: newItem(), key: null, author: AUTHOR }));

  expect(code).toBe('LEDGER_UNAVAILABLE');
  expect(tookMs).toBeLessThan(BOUND_MS);
  expect(await hasty.work.ping()).toBe(false);
});

test('submits answer in bounded time when the server hangs, and work again when it is back', async () => {
  await eventually(() => Promise.all([1, 2, 3].map(() => hasty.work.submit({ item: newItem(), key: null, author: AUTHOR }))));
  proxy.hang();

  const failures = await Promise.all(Array.from({ length: 8 }, () => failureOf(hasty.work.submit({ item: newItem(), key: null, author: AUTHOR }))));
  proxy.resume();

  for (const { code, tookMs } of failures) {
    expect(code).toBe('LEDGER_UNAVAILABLE');
    expect(tookMs).toBeLessThan(BOUND_MS);
  }
  const after = await eventually(() => hasty.work.submit({ item: newItem(), key: null, author: AUTHOR }));
  expect(after.kind).toBe('accepted');
});

test('a connection that breaks during COMMIT says so, with the id to look for', async () => {
  const item = newItem();
  const key = { projectId: 'default', key: randomUUID(), bodyHash: 'a'.repeat(64) };
  proxy.cutNextCommit();

  const { code, error } = await failureOf(patient.work.submit({ item: item, key: key, author: AUTHOR }));

  expect(code).toBe('COMMIT_UNKNOWN');
  expect(error).toMatchObject({ details: { workId: item.id } });
  expect(await patient.work.submit({ item: newItem(), key: key, author: AUTHOR })).toMatchObject({ kind: 'joined', item: { id: item.id } });
});

test('connections that are cut, idle or at work, fail their call and nothing else', async () => {
  await Promise.all([1, 2, 3].map(() => patient.work.submit({ item: newItem(), key: null, author: AUTHOR })));
  proxy.cutAll();
  await Promise.allSettled([1, 2, 3].map(() => patient.work.ping()));

  const under = world.whileLocked((await world.submit()).id, async () => {
    const results = Promise.all([1, 2].map(() => failureOf(patient.work.submit({ item: newItem(), key: null, author: AUTHOR }))));
    proxy.cutAll();
    return results;
  });

  for (const { code } of await under) expect(['none', 'LEDGER_UNAVAILABLE', 'COMMIT_UNKNOWN']).toContain(code);
  // The idle one was cut as well: who takes it before that is noticed fails, and nobody after that.
  await eventually(async () => {
    expect(await patient.work.ping()).toBe(true);
  });
});

test('a row that somebody holds for too long fails the call in bounded time', async () => {
  const { id } = await world.submit();

  const { code, tookMs } = await world.whileLocked(id, () => failureOf(hasty.work.requestCancel(id, 'no', AUTHOR)));

  expect(code).toBe('LEDGER_UNAVAILABLE');
  expect(tookMs).toBeLessThan(BOUND_MS);
  expect((await patient.work.requestCancel(id, 'no', AUTHOR)).kind).toBe('requested');
});

test('an error never quotes what was to be written', async () => {
  const item = { ...newItem(), capability: 'secret'.repeat(50) };

  const { code, error } = await failureOf(patient.work.submit({ item: item, key: null, author: AUTHOR }));

  expect(code).toBe('INTERNAL');
  expect(JSON.stringify([error, (error as Error).message, (error as { cause: Error }).cause, (error as { cause: Error }).cause.message])).not.toContain(
    'secret',
  );
});
