import { expect, test } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { pino } from 'pino';
import { connectNats, createAgentSignals } from '../../../src/adapters/nats/index.ts';
import { eventually } from '../../support/eventually.ts';
import { testServers } from '../../support/servers.ts';

const logger = pino({ level: 'silent' });

test('an agent hears that it is to stop on the subject of the original and on that of the shared package', async () => {
  const { natsUrl } = testServers();
  const listener = await connect({ servers: natsUrl });
  const heard: unknown[] = [];
  for (const subject of ['loom.signals.agents.a-1.shutdown', 'loominal.signals.agent.shutdown.a-1']) {
    listener.subscribe(subject, { callback: (_error, message) => void heard.push([message.subject, message.json()]) });
  }
  await listener.flush();
  const nats = await connectNats({ url: natsUrl, name: 'test', logger });

  await createAgentSignals(nats).askToStop([{ guid: 'a-1', projectId: 'signals' }], { graceful: false });

  await eventually(() => {
    expect(heard.sort()).toEqual([
      ['loom.signals.agents.a-1.shutdown', { graceful: false }],
      ['loominal.signals.agent.shutdown.a-1', { graceful: false }],
    ]);
  });
  await Promise.all([listener.close(), nats.close()]);
});

test('without NATS nobody is told, and that is said', async () => {
  const nats = await connectNats({ url: 'nats://127.0.0.1:1', name: 'test', logger });

  await expect(createAgentSignals(nats).askToStop([{ guid: 'a', projectId: 'b' }], { graceful: true })).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });

  await nats.close();
});
