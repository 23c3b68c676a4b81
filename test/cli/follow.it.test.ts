import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LogChunk } from '../../src/domain/agents/log-chunk.ts';
import { logSubject } from '../../src/domain/subjects.ts';
import { startPostgresProxy as startProxy } from '../adapters/postgres/postgres-proxy.ts';
import { openLiveWorld } from '../api/live-world.ts';
import type { LiveWorld } from '../api/live-world.ts';
import { eventually } from '../support/eventually.ts';
import { runWeft, startWeft, TIMEOUT_MS } from './run-weft.ts';

type Started = ReturnType<typeof startWeft>;

let world: LiveWorld;
const started: Started[] = [];
beforeAll(async () => {
  world = await openLiveWorld();
}, TIMEOUT_MS);
beforeEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});
afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await world.close();
});

function weft(args: readonly string[], server = world.url): Started {
  const one = startWeft(args, { WEFT_URL: server });
  started.push(one);
  return one;
}

function haveLines(follower: Started, count: number): Promise<void> {
  return eventually(() => {
    expect(follower.lines()).toHaveLength(count);
  });
}

function haveFollowers(count: number): Promise<void> {
  return eventually(() => {
    expect(world.feed.subscriptions()).toBe(count);
  });
}

let seq = 0;

async function print(workId: string, ...texts: string[]): Promise<void> {
  seq += 1;
  const lines = texts.map((text) => ({ stream: 'stdout' as const, text }));
  const chunk: LogChunk = { workId, guid: 'agent-1', fence: 1, seq, sentAt: new Date().toISOString(), lines, linesDropped: 0 };
  const { connection } = await world.link.whenConnected(AbortSignal.timeout(10_000));
  await connection.request(logSubject('default', workId), JSON.stringify(chunk), { timeout: 5000 });
}

async function update(id: string, priority: number): Promise<void> {
  await fetch(`${world.url}/api/work/${id}`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ priority }) });
}

async function settle(id: string): Promise<void> {
  await world.query(`update work_items set phase = 'completed', settled_at = now() where id = $1`, [id]);
}

describe('events are followed', () => {
  test(
    'as one JSON document a line, over a broken connection without gap or repeat, until Ctrl-C',
    async () => {
      const proxy = await startProxy(world.url);
      const { id } = await world.submit();
      const follower = weft(['work', 'events', id, '--follow', '-o', 'json'], proxy.url);
      await haveLines(follower, 2);

      proxy.cutAll();
      for (const priority of [1, 2, 3]) await update(id, priority);
      await haveLines(follower, 5);
      follower.child.kill('SIGINT');
      const { code, stderr } = await follower.ended;
      await proxy.close();

      const events = follower.lines().map((line) => JSON.parse(line) as { seq: number; type: string });
      expect(events.map(({ type }) => type)).toEqual(['work:submitted', 'work:queued', 'work:updated', 'work:updated', 'work:updated']);
      expect(new Set(events.map((event) => event.seq)).size).toBe(5);
      expect(code).toBe(130);
      expect(JSON.parse(stderr)).toMatchObject({ code: 'INTERRUPTED' });
    },
    TIMEOUT_MS,
  );

  test(
    'of everything from now on, over a broken connection; a reader that leaves ends it quietly',
    async () => {
      await haveFollowers(0);
      const proxy = await startProxy(world.url);
      const follower = weft(['events', '-f', '--type', 'work:submitted'], proxy.url);
      await haveFollowers(1);
      const { id } = await world.submit();
      await haveLines(follower, 1);
      proxy.cutAll();
      await world.submit();
      await haveLines(follower, 2);

      follower.child.stdout.destroy();
      await world.submit();
      const { code, stderr } = await follower.ended;
      await proxy.close();

      expect(follower.lines()[0]).toMatch(new RegExp(`^\\S+Z {2}work:submitted {2}${id} {2}\\d+ {2}`));
      expect([code, stderr]).toEqual([0, '']);
    },
    TIMEOUT_MS,
  );

  test(
    'not of an item that does not exist; what happened before can be listed',
    async () => {
      const { code, stdout } = await runWeft(['work', 'events', 'nope', '--follow'], { WEFT_URL: world.url });
      const page = await runWeft(['events', '--topic', 'work', '--limit', '1', '-o', 'json'], { WEFT_URL: world.url });

      expect([code, stdout]).toEqual([3, '']);
      expect(JSON.parse(page.stdout)).toMatchObject({ count: 1, events: [{ position: 1, entityType: 'work' }], hasMore: true });
    },
    TIMEOUT_MS,
  );
});

describe('the log of an item', () => {
  test(
    'is printed as the agent printed it when no terminal reads it',
    async () => {
      const { id } = await world.submit();
      await print(id, 'one', '\u001b[2Jtwo', 'three');

      const [text, json] = await Promise.all([
        runWeft(['work', 'logs', id, '--tail', '2'], { WEFT_URL: world.url }),
        runWeft(['work', 'logs', id, '-o', 'json'], { WEFT_URL: world.url }),
      ]);

      expect(text).toEqual({ code: 0, stdout: '\u001b[2Jtwo\nthree\n', stderr: expect.stringContaining('--tail') });
      expect(JSON.parse(json.stdout)).toMatchObject({ workItemId: id, count: 3, lines: [{ text: 'one' }, {}, {}] });
    },
    TIMEOUT_MS,
  );

  test(
    'is followed over a broken connection until the item has ended',
    async () => {
      const proxy = await startProxy(world.url);
      const { id } = await world.submit();
      await print(id, 'one');
      const follower = weft(['work', 'logs', id, '--follow'], proxy.url);
      await haveLines(follower, 1);

      proxy.cutAll();
      await print(id, 'two', 'three');
      await haveLines(follower, 3);
      await settle(id);
      const ran = await follower.ended;
      await proxy.close();

      expect(ran).toEqual({ code: 0, stdout: 'one\ntwo\nthree\n', stderr: 'The work item has ended as completed.\n' });
    },
    TIMEOUT_MS,
  );
});
