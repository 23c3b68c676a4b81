import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { connectClient, openLiveWorld } from './live-world.ts';
import type { LiveWorld } from './live-world.ts';
import { readStream } from './read-stream.ts';

let world: LiveWorld;

beforeEach(async () => {
  world = await openLiveWorld();
});

afterEach(() => world.close());

test('clients miss nothing and see nothing twice while NATS is killed and loses its disk', async () => {
  const socket = await connectClient(world.port);
  await socket.ask({ type: 'subscribe', topic: 'work' });
  const stream = await readStream(`${world.url}/api/events`);
  await world.record(100);
  await eventually(() => {
    expect(socket.ids()).toHaveLength(100);
    expect(stream.ids()).toHaveLength(100);
  });

  await world.nats.kill9();
  world.nats.loseDisk();
  await world.record(100);
  await eventually(() => {
    expect(socket.ids()).toHaveLength(200);
  });
  stream.leave();
  const late = await connectClient(world.port);
  await late.ask({ type: 'subscribe', topic: 'work', after: 150 });
  await world.nats.restart();
  await world.record(100);
  const resumed = await readStream(`${world.url}/api/events`, { 'last-event-id': String(stream.ids().at(-1)) });
  await world.record(100);

  const all = Array.from({ length: 400 }, (_, index) => index + 1);
  await eventually(() => {
    expect(socket.ids()).toHaveLength(400);
    expect(late.ids()).toHaveLength(250);
    expect([...stream.ids(), ...resumed.ids()]).toHaveLength(400);
  });
  expect(socket.ids()).toEqual(all);
  expect(late.ids()).toEqual(all.slice(150));
  expect([...stream.ids(), ...resumed.ids()]).toEqual(all);
  resumed.leave();
  await Promise.all([socket.close(), late.close()]);
});
