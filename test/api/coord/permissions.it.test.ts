import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { pino } from 'pino';
import { serveCoord } from '../../../api/coord/serve-coord.ts';
import { connectNats, createRequestServer } from '../../../src/adapters/nats/index.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestNats } from '../../support/servers.ts';
import { openWorld, WORK } from '../api-world.ts';

/** The example of docs/nats.md, with passwords in it. */
function documentedAuthorization(): string {
  const [, example = ''] = /```\n(authorization [^`]*)```/.exec(readFileSync('docs/nats.md', 'utf8')) ?? [];
  return example.replaceAll(/\$([A-Z]+)_PASS/g, 'secret');
}

test('the permissions that the manual shows hold a client to its project, or to reading', async () => {
  const world = await openWorld();
  const server = await startTestNats(documentedAuthorization());
  const nats = await connectNats({ url: server.url, user: 'weft', pass: 'secret', name: 'replica', logger: pino({ level: 'silent' }) });
  const stopping = new AbortController();
  const requests = createRequestServer(nats);
  const serving = serveCoord(requests, world.deps, stopping.signal);
  await eventually(() => {
    expect(requests.isServing()).toBe(true);
  });
  const asking =
    (timeout: number) =>
    async (user: string, subject: string, payload: object = {}): Promise<unknown> => {
      const client = await connect({ servers: server.url, user, pass: 'secret', timeout: 20_000 });
      try {
        return (await client.request(subject, JSON.stringify(payload), { timeout })).json();
      } finally {
        await client.close();
      }
    };
  const ask = asking(20_000);
  // What NATS refuses has no answer.
  const askInVain = asking(2000);
  try {
    expect(await ask('shop', 'coord.shop.work.submit', WORK)).toMatchObject({ projectId: 'shop' });
    await expect(askInVain('shop', 'coord.other.work.list')).rejects.toThrow();
    await expect(askInVain('shop', 'coord.global.projects')).rejects.toThrow();
    expect(await ask('dashboard', 'coord.shop.work.list')).toHaveLength(1);
    await expect(askInVain('dashboard', 'coord.shop.work.submit', WORK)).rejects.toThrow();
    expect(await ask('dashboard', 'coord.shop.stats')).toMatchObject({ total: 1 });
    await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow(/authorization/i);
  } finally {
    stopping.abort();
    await serving;
    await nats.close();
    await server.stop();
    await world.close();
  }
});
