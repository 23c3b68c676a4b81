import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jetstreamManager, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { connect } from '@nats-io/transport-node';
import { pino } from 'pino';
import { connectNats, createChannelReader, ensureStreams } from '../../../src/adapters/nats/index.ts';
import type { NatsConnectionHandle } from '../../../src/adapters/nats/index.ts';
import { channelAddress } from '../../../src/domain/channels/channel.ts';
import type { ChannelMessage } from '../../../src/domain/channels/channel.ts';
import { startTestNats } from '../../support/servers.ts';
import type { TestNats } from '../../support/servers.ts';

let server: TestNats;
let nats: NatsConnectionHandle;
let connection: NatsConnection;

beforeAll(async () => {
  server = await startTestNats();
  connection = await connect({ servers: server.url });
  nats = await connectNats({ url: server.url, name: 'test', logger: pino({ level: 'silent' }) });
});
afterAll(async () => {
  await Promise.all([nats.close(), connection.close()]);
  await server.stop();
});

async function write(stream: string, subject: string, messages: readonly string[]): Promise<void> {
  await (await jetstreamManager(connection)).streams.add({ name: stream, subjects: [subject] });
  for (const message of messages) await jetstream(connection).publish(subject, message);
}

async function read(projectId: string, name: string, limit = 50): Promise<string[]> {
  return (await readWhole(projectId, name, limit)).map(({ message }) => message);
}

async function readWhole(projectId: string, name: string, limit = 50): Promise<readonly ChannelMessage[]> {
  const address = channelAddress(projectId, name);
  if (address === null) throw new Error('reserved');
  return createChannelReader(nats).readNewest(address, limit);
}

function say(message: string): string {
  return JSON.stringify({ handle: 'kim', message, timestamp: '2026-06-01T12:00:00.000Z' });
}

test('the newest messages come, the oldest of them first, and nothing is taken away', async () => {
  await write(
    'team_ROADMAP',
    'team.roadmap',
    [...Array(100).keys()].map((number) => say(String(number))),
  );

  expect(await read('team', 'roadmap', 3)).toEqual(['97', '98', '99']);
  expect(await read('team', 'roadmap', 1000)).toEqual([...Array(100).keys()].map(String));
  expect((await readWhole('team', 'roadmap', 1))[0]).toEqual({ handle: 'kim', message: '99', timestamp: '2026-06-01T12:00:00.000Z' });
});

test('messages that were removed from between are passed over', async () => {
  await write('gaps_ERRORS', 'gaps.errors', ['1', '2', '3', '4', '5']);
  const manager = await jetstreamManager(connection);
  for (const number of [2, 4, 5]) await manager.streams.deleteMessage('gaps_ERRORS', number);

  expect(await read('gaps', 'errors', 2)).toEqual(['1', '3']);
});

test('a channel that nobody has written to is empty', async () => {
  await (await jetstreamManager(connection)).streams.add({ name: 'quiet_ERRORS', subjects: ['quiet.errors'] });

  expect(await read('quiet', 'errors')).toEqual([]);
  expect(await read('quiet', 'roadmap')).toEqual([]);
});

test('no stream of anything else can be read, though a project and a channel spell its name', async () => {
  await ensureStreams(nats);
  await write('a_B_C', 'a_B.c', ['of project a_B']);
  await write('global_SECRETS', 'elsewhere.secrets', ['secret']);
  await write('wide_ROADMAP', 'widest.roadmap', ['of project widest']);

  expect(await read('a_B', 'c')).toEqual(['of project a_B']);
  expect(await read('a', 'b-c')).toEqual([]);
  expect(await read('global', 'secrets')).toEqual([]);
  expect(await read('wide', 'roadmap')).toEqual([]);
});

test('an answer has a bound in bytes, and keeps the newest', async () => {
  const large = 'x'.repeat(900_000);
  await write(
    'large_ERRORS',
    'large.errors',
    [...Array(8).keys()].map((number) => `${String(number)}${large}`),
  );

  const messages = await read('large', 'errors', 1000);

  expect(messages.map((message) => message.charAt(0))).toEqual(['4', '5', '6', '7']);
});

test('without NATS it says so', async () => {
  const away = await connectNats({ url: 'nats://127.0.0.1:1', name: 'test', logger: pino({ level: 'silent' }) });

  await expect(createChannelReader(away).readNewest({ stream: 'a_B', subjectPrefix: 'a.' }, 1)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });

  await away.close();
});
