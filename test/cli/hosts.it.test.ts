import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HOST, openWorld } from '../api/api-world.ts';
import type { World } from '../api/api-world.ts';
import { startedAgent } from '../api/started-agent.ts';
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

function weft(...args: readonly string[]): Promise<Ran> {
  return runWeft(args, { WEFT_URL: url });
}

test(
  'hosts are listed, and one is declared gone when its worker is silent',
  async () => {
    await world.ledger.hosts.comeBack({ hostId: HOST, hostname: 'laptop' });
    await world.ledger.sessions.openHost(HOST);
    await startedAgent(world, { state: 'busy' });

    const [table, asJson, refused, unknown] = await Promise.all([
      weft('hosts'),
      weft('hosts', 'list', '-o', 'json'),
      weft('hosts', 'gone', HOST, '-o', 'json'),
      weft('hosts', 'gone', 'nowhere', '-o', 'json'),
    ]);
    await world.query(`update host_beats set up_until = now() - interval '1 s'`);
    const gone = await weft('hosts', 'gone', HOST, '--reason', 'stolen', '-o', 'json');
    const after = await weft('hosts');

    expect(table.stdout).toMatch(/^HOST +HOSTNAME +STATE +TAKES STARTS +SEEN +AGENTS +LEFT BEHIND +TARGETS/u);
    expect(table.stdout).toMatch(new RegExp(`^${HOST} +laptop +up .* 1 busy `, 'mu'));
    expect(JSON.parse(asJson.stdout)).toMatchObject({ hosts: [{ id: HOST, state: 'up', sessions: { busy: 1 } }], count: 1 });
    expect([refused.code, JSON.parse(refused.stderr)]).toEqual([1, expect.objectContaining({ code: 'HOST_IS_UP' })]);
    expect([unknown.code, JSON.parse(unknown.stderr)]).toEqual([3, expect.objectContaining({ code: 'NOT_FOUND' })]);
    expect([gone.code, JSON.parse(gone.stdout)]).toEqual([0, expect.objectContaining({ id: HOST, state: 'gone' })]);
    expect(after.stdout).toMatch(new RegExp(`^${HOST} +laptop +gone `, 'mu'));
  },
  TIMEOUT_MS,
);
