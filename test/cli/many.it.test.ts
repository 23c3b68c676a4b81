import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openWorld, TARGET, WORK } from '../api/api-world.ts';
import type { World } from '../api/api-world.ts';
import { startedAgent } from '../api/started-agent.ts';
import { runWeft, TIMEOUT_MS } from './run-weft.ts';
import type { Ran } from './run-weft.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-batch-'));

let world: World;
let url: string;
beforeAll(async () => {
  world = await openWorld();
  await world.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${String((world.app.server.address() as AddressInfo).port)}`;
}, TIMEOUT_MS);
afterAll(async () => {
  await world.close();
  rmSync(directory, { recursive: true });
});

function weft(args: readonly string[], stdin = ''): Promise<Ran> {
  return runWeft(args, { WEFT_URL: url }, stdin);
}

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await weft([...args, '-o', 'json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as T;
}

/** What a call gives of which a part failed. */
async function failing(...args: readonly string[]): Promise<{ answer: unknown; failure: unknown }> {
  const { code, stdout, stderr } = await weft([...args, '-o', 'json']);
  expect(code).toBe(1);
  return { answer: JSON.parse(stdout), failure: JSON.parse(stderr) };
}

test(
  'a file of items is submitted, each with a result; what an item leaves out is taken from the options',
  async () => {
    const file = join(directory, 'items.json');
    writeFileSync(file, JSON.stringify([{ description: 'one', priority: 9 }, { description: 'two', classification: 'open-source' }, { priority: 3 }]));

    const { answer, failure } = await failing('submit', '--batch', file, '--boundary', 'personal', '--capability', 'batch', '--priority', '2');
    const lines = await weft(['submit', '--batch', '-'], `${JSON.stringify(WORK)}\n${JSON.stringify(WORK)}\n`);

    expect(answer).toMatchObject({
      results: [
        { ok: true, workItem: { description: 'one', boundary: 'personal', capability: 'batch', priority: 9 } },
        { ok: true, workItem: { description: 'two', boundary: 'open-source', priority: 2 } },
        { ok: false, error: { code: 'BAD_REQUEST' } },
      ],
      count: 2,
    });
    expect(failure).toMatchObject({ code: 'BATCH_INCOMPLETE', error: '1 of 3 failed.' });
    expect([lines.code, lines.stdout.match(/pending/gu)]).toEqual([0, ['pending', 'pending']]);
  },
  TIMEOUT_MS,
);

test(
  'a file that is no batch is a usage error that says where',
  async () => {
    const ran = await Promise.all([
      weft(['submit', '--batch', '-'], '{}\n{oops}\n'),
      weft(['submit', '--batch', join(directory, 'missing')]),
      weft(['submit', 'text', '--batch', '-']),
    ]);

    expect(ran.map(({ code, stdout }) => [code, stdout])).toEqual([
      [2, ''],
      [2, ''],
      [2, ''],
    ]);
    expect(ran.map(({ stderr }) => stderr)).toEqual([
      expect.stringContaining('error: standard input: line 2 is not JSON\n'),
      expect.stringContaining('cannot be read (ENOENT)'),
      expect.stringContaining('--batch cannot be combined with a description'),
    ]);
  },
  TIMEOUT_MS,
);

test(
  'items are cancelled by name and by filter, and nothing at all is not everything',
  async () => {
    const [one, two, three] = [await world.submit({ capability: 'c' }), await world.submit({ capability: 'c' }), await world.submit({ capability: 'd' })];

    const { answer, failure } = await failing('work', 'cancel', one.id, two.id, 'nope');
    const filtered = await json('work', 'cancel', '--capability', 'd', '--reason', 'deadline-passed');
    const none = await weft(['work', 'cancel']);

    expect(answer).toMatchObject({ cancelledItems: [one.id, two.id], failed: ['nope'] });
    expect(failure).toMatchObject({ code: 'BATCH_INCOMPLETE' });
    expect(filtered).toMatchObject({ cancelledItems: [three.id], failed: [] });
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('say which') });
  },
  TIMEOUT_MS,
);

test(
  'an item is updated, and driven again with a new deadline',
  async () => {
    const { id } = await world.submit();

    const updated = await json('work', 'update', id, '--priority', '8', '--deadline', '2099-01-01T00:00:00Z');
    const later = await json('work', 'update', id, '--not-before', '2098-01-01T00:00:00Z');
    const without = await json('work', 'update', id, '--deadline', 'none', '--not-before', 'none');
    const nothing = await weft(['work', 'update', id]);
    await world.query(`update work_items set phase = 'dead-lettered', settled_at = now() where id = $1`, [id]);
    const retried = await json('work', 'retry', id, '--deadline', '2099-01-01T00:00:00Z');

    expect(updated).toMatchObject({ priority: 8, deadline: '2099-01-01T00:00:00.000Z' });
    expect(later).toMatchObject({ notBefore: '2098-01-01T00:00:00.000Z' });
    expect(without).not.toHaveProperty('deadline');
    expect(without).not.toHaveProperty('notBefore');
    expect(nothing).toMatchObject({ code: 2, stdout: '' });
    expect(retried).toMatchObject({ workItem: { id, status: 'pending', retries: 1, deadline: '2099-01-01T00:00:00.000Z' } });
  },
  TIMEOUT_MS,
);

test(
  'failed items are driven again by filter, with a dry run first',
  async () => {
    const [one, two, other] = [await world.submit({ capability: 'r' }), await world.submit({ capability: 'r' }), await world.submit({ capability: 's' })];
    const error = JSON.stringify({ message: 'silent', code: 'lost', recoverable: true, occurredAt: '2026-01-01T00:00:00Z' });
    await world.query(`update work_items set phase = 'dead-lettered', settled_at = now(), error = $2 where id = any($1)`, [[one.id, two.id, other.id], error]);
    const selection = ['--status', 'failed', '--failure-class', 'lost', '--capability', 'r'];

    const listed = await json<{ workItems: { id: string }[] }>('work', 'list', '--failure-class', 'lost');
    const table = await weft(['work', 'retry', ...selection, '--dry-run']);
    const retried = await json('work', 'retry', ...selection);
    const none = await weft(['work', 'retry']);
    const { answer } = await failing('work', 'retry', other.id, one.id, '--dry-run');

    expect(listed.workItems.map(({ id }) => id)).toEqual([one.id, two.id, other.id]);
    expect(table).toMatchObject({ code: 0, stdout: expect.stringContaining(`${two.id}  would be tried again`) });
    expect(retried).toMatchObject({ success: [one.id, two.id], failed: [], dryRun: false });
    expect(answer).toMatchObject({ success: [other.id], notRetriable: [one.id], dryRun: true });
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('say which') });
  },
  TIMEOUT_MS,
);

test(
  'agents are asked to stop by GUID and by filter',
  async () => {
    const one = await startedAgent(world, { state: 'free' });
    const other = await startedAgent(world, { state: 'free' });

    const asked = await json('agents', 'shutdown', one, '--reason', 'enough of it');
    const rest = await json<{ success: string[] }>('agents', 'shutdown', '--all', '--reason', 'maintenance', '--grace', '1000');
    const unknown = await weft(['agents', 'shutdown', 'nobody']);

    expect(asked).toMatchObject({ success: true, message: expect.stringContaining(one) });
    expect(rest.success).toContain(other);
    expect(unknown).toMatchObject({ code: 3, stdout: '' });
  },
  TIMEOUT_MS,
);

test(
  'targets are tested, disabled and enabled, one or many',
  async () => {
    for (const name of ['a', 'b']) await world.post('/api/targets', { ...TARGET, name, agentType: 'copilot-cli' });

    const healthy = await json('targets', 'test', 'a');
    world.engine.probeAnswer = { healthy: false, error: 'no such command' };
    const { failure } = await failing('targets', 'test', 'b');
    const disabled = await json('targets', 'disable', '--type', 'copilot-cli', '--reason', 'holidays');
    const both = await weft(['targets', 'disable', 'a', '--all']);
    const { answer } = await failing('targets', 'enable', 'a', 'b', 'c');

    expect(healthy).toMatchObject({ healthy: true, targetName: 'a' });
    expect(failure).toMatchObject({ code: 'TARGET_UNHEALTHY', error: expect.stringContaining('no such command') });
    expect(disabled).toMatchObject({ count: 2, failed: [] });
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('not by both') });
    expect(answer).toEqual({ success: ['a', 'b'], failed: ['c'], errors: { c: 'Target not found: c.' } });
  },
  TIMEOUT_MS,
);

test(
  'a token is made, alone on stdout, listed and revoked; the audit tells who did it, and the figures count',
  async () => {
    const made = await weft(['tokens', 'create', 'ci', '--scopes', 'work:read,work:write', '-p', 'default']);
    const { tokens } = await json<{ tokens: { id: string }[] }>('tokens', 'list');
    const id = tokens[0]?.id ?? '';
    const revoked = await json('tokens', 'revoke', id);
    const [audit, stats, table] = await Promise.all([json('audit', 'list', '--entity-type', 'token', '--entity-id', id), json('stats'), weft(['stats'])]);

    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^weft_[0-9a-f]{32}_[0-9a-f]{64}\n$/u) });
    expect(tokens).toEqual([expect.objectContaining({ name: 'ci', scopes: ['work:read', 'work:write'], projects: ['default'] })]);
    expect(revoked).toMatchObject({ id, revokedAt: expect.any(String) });
    expect(audit).toMatchObject({ entries: [{ action: 'token.revoke' }, { action: 'token.create' }] });
    expect(stats).toMatchObject({ work: expect.any(Object) });
    expect(table.stdout).toMatch(/^work +pending +\d+$/mu);
  },
  TIMEOUT_MS,
);
