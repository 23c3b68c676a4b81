import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildApp } from '../../api/app.ts';
import { openWorld } from '../api/api-world.ts';
import type { World } from '../api/api-world.ts';
import { closedPorts } from '../api/closed-ports.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { runWeft, TIMEOUT_MS } from './run-weft.ts';
import type { Ran } from './run-weft.ts';

let world: World;
let url: string;
beforeAll(async () => {
  world = await openWorld();
  await world.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${String((world.app.server.address() as AddressInfo).port)}`;
}, TIMEOUT_MS);
afterAll(() => world.close());

function weft(args: readonly string[], env: Readonly<Record<string, string>> = { WEFT_URL: url }): Promise<Ran> {
  return runWeft(args, env);
}

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await weft([...args, '-o', 'json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as T;
}

const submit = ['submit', 'Build\nit.', '--boundary', 'personal', '--capability', 'build'];

test(
  'an item is submitted, listed, shown, cancelled, and tells what happened',
  async () => {
    const { id, ...item } = await json<Record<string, unknown>>(
      ...submit,
      '--priority',
      '9',
      '--context',
      'branch=main',
      '--context',
      'eq=a=b',
      '--prefer-agent',
      'copilot-cli',
    );
    const [unserved, shown, listed, table] = await Promise.all([
      weft([...submit.slice(0, -1), 'unserved']),
      json('work', 'show', String(id)),
      json('work', 'list', '--status', 'pending', '--capability', 'build', '--submitter', String(item['submitter'])),
      weft(['work', 'list', '--status', 'pending']),
    ]);
    const cancelled = await json('work', 'cancel', String(id), '--reason', 'enough');
    const events = await weft(['work', 'events', String(id)]);

    expect(unserved.stderr).toContain('Nobody starts on it yet: no agent and no target of the project offers the capability "unserved"');
    expect(item).toMatchObject({ priority: 9, preferredAgentType: 'copilot-cli', contextData: { branch: 'main', eq: 'a=b' } });
    expect(shown).toMatchObject({ id, description: 'Build\nit.' });
    expect(listed).toMatchObject({ workItems: [{ id }], count: 1 });
    expect(table.stdout).toMatch(/^ID +STATUS +PHASE +PRIORITY +BOUNDARY +CAPABILITY +SUBMITTER/u);
    expect(table.stdout).toContain(`${String(id)}  pending`);
    expect(table.stdout).toContain('Build it.'); // on one line
    expect(cancelled).toMatchObject({ success: true });
    expect(events.stdout).toContain('work:submitted');
  },
  TIMEOUT_MS,
);

test(
  'the same idempotency key gives the same item, and whoever waits for one that was cancelled is told by the exit code',
  async () => {
    const keyed = [...submit, '--idempotency-key', 'k-1'];
    const first = await json<{ id: string }>(...keyed);
    const second = await json<{ id: string }>(...keyed);
    await json('work', 'cancel', first.id);
    await world.query(`update work_items set phase = 'cancelled' where id = $1`, [first.id]); // as its workflow would
    const waited = await weft([...keyed, '--wait', '-o', 'json']);

    expect(second.id).toBe(first.id);
    expect([waited.code, JSON.parse(waited.stdout), JSON.parse(waited.stderr)]).toEqual([
      1,
      expect.objectContaining({ id: first.id, status: 'cancelled' }),
      expect.objectContaining({ code: 'WORK_NOT_COMPLETED' }),
    ]);
  },
  TIMEOUT_MS,
);

test(
  'a target is added, listed, shown by name and removed',
  async () => {
    const added = await json(
      'targets',
      'add',
      '--name',
      'cli',
      '--type',
      'claude-code',
      '--mechanism',
      'local',
      '--command',
      'true',
      '--capabilities',
      'a, b',
      '--agents-max',
      '2',
    );
    const [listed, shown] = await Promise.all([json('targets', 'list'), weft(['targets', 'show', 'cli'])]);
    const dry = await json(...submit.slice(0, -1), 'a', '--dry-run');
    const dryTable = await weft([...submit.slice(0, -1), 'a', '--dry-run']);
    const { id } = await json<{ id: string }>(...submit.slice(0, -1), 'a');
    await world.ledger.transitions.admit({ workId: id, runId: 'run' }, false);
    const why = await weft(['work', 'why', id]);
    await weft(['targets', 'disable', 'cli']);
    const disabled = await json('targets', 'show', 'cli');
    const removed = await weft(['targets', 'rm', 'cli']);
    const gone = await weft(['targets', 'show', 'cli']);

    expect(added).toMatchObject({ name: 'cli', capabilities: ['a', 'b'], limits: { agentsMax: 2 } });
    expect(listed).toMatchObject({ targets: [{ name: 'cli' }] });
    expect(dry).toMatchObject({ dryRun: true, candidates: [{ targetName: 'cli' }] });
    expect(dryTable.stderr).toContain('It would wait: the host of every target for "a" is stopped.');
    expect(why.stdout).toMatch(/^now +false +host-closed +start +cli +-$/mu);
    expect(why.stderr).toContain('It waits: the host of every target for "a" is stopped.');
    expect(disabled).toMatchObject({ status: 'disabled' });
    expect(shown.stdout).toMatch(/^name +cli$/mu);
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining('is removed') });
    expect(gone).toMatchObject({ code: 3, stdout: '', stderr: 'Target not found: cli.\n' });
  },
  TIMEOUT_MS,
);

test(
  'agents and projects are listed',
  async () => {
    const [agents, projects] = await Promise.all([json('agents', 'list'), json('projects')]);

    expect(agents).toMatchObject({ agents: expect.any(Array) });
    expect(projects).toMatchObject({ projects: expect.any(Array) });
  },
  TIMEOUT_MS,
);

describe('a failure is a sentence on stderr, and a code that a script can tell apart:', () => {
  test(
    'not found, also as JSON',
    async () => {
      const [text, asJson] = await Promise.all([weft(['work', 'show', 'nope']), weft(['work', 'show', 'nope', '-o', 'json'])]);

      expect(text).toMatchObject({ code: 3, stdout: '', stderr: 'There is no work item nope.\n' });
      expect([asJson.code, asJson.stdout, JSON.parse(asJson.stderr)]).toEqual([
        3,
        '',
        expect.objectContaining({ code: 'NOT_FOUND', requestId: expect.any(String) }),
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    'usage',
    async () => {
      const ran = await Promise.all([
        weft(['submit', 'x', '--boundary', 'personal']),
        weft([...submit, '--priority', 'high']),
        weft([...submit, '--priority', '99']),
        weft([...submit, '--context', 'novalue']),
        weft(['work', 'list', '--status', 'done']),
        weft(['work', 'list', '-o', 'xml']),
      ]);

      for (const { code, stdout, stderr } of ran) expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(/\S/u)]);
      expect(ran[2].stderr).toContain('--priority: ');
    },
    TIMEOUT_MS,
  );

  test(
    'usage, also as JSON',
    async () => {
      const ran = await Promise.all([weft(['submit', 'x', '-o', 'json']), weft(['wrok', '-o', 'json']), weft(['work', 'cancel', '-o', 'json'])]);

      for (const { code, stdout, stderr } of ran) {
        expect([code, stdout, JSON.parse(stderr)]).toEqual([2, '', { error: expect.any(String), code: 'USAGE', details: {}, requestId: null }]);
      }
      expect(ran[0].stderr).toContain('--boundary');
    },
    TIMEOUT_MS,
  );

  test(
    'unreachable, with the address',
    async () => {
      const nowhere = `http://127.0.0.1:${String(await freePort(0))}`;

      expect(await weft(['work', 'list'], { WEFT_URL: nowhere })).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining(nowhere) });
      expect(await weft(['work', 'list', '--server', 'nonsense'])).toMatchObject({ code: 5, stderr: expect.stringContaining('nonsense') });
    },
    TIMEOUT_MS,
  );

  test(
    'not allowed',
    async () => {
      const closed = buildApp(closedPorts({ tokens: ['right'] }));
      await closed.listen({ host: '127.0.0.1', port: 0 });
      const server = `http://127.0.0.1:${String((closed.server.address() as AddressInfo).port)}`;

      const ran = await weft(['work', 'list', '--server', server, '--token', 'wrong']);
      await closed.close();

      expect(ran).toMatchObject({ code: 4, stdout: '', stderr: expect.stringMatching(/token/u) });
    },
    TIMEOUT_MS,
  );

  test(
    'the older names of the variables work, and flags win',
    async () => {
      expect(await weft(['projects'], { LOOM_API_URL: url })).toMatchObject({ code: 0 });
      expect(await weft(['projects', '--server', url], { WEFT_URL: 'http://127.0.0.1:1' })).toMatchObject({ code: 0 });
    },
    TIMEOUT_MS,
  );
});
