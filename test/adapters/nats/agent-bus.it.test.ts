import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { connectNats, createAgentBus } from '../../../src/adapters/nats/index.ts';
import type { NatsConnectionHandle } from '../../../src/adapters/nats/index.ts';
import { BRIDGE_STATUS_SUBJECT, heartbeatSubject } from '../../../src/domain/subjects.ts';
import type { AgentBus } from '../../../src/ports/agent-bus.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestNats } from '../../support/servers.ts';
import type { TestNats } from '../../support/servers.ts';
import { connectScriptedAgent, FREE, PROJECT } from './scripted-agent.ts';
import type { ScriptedAgent } from './scripted-agent.ts';

const logger = pino({ level: 'silent' });
let server: TestNats;
let nats: NatsConnectionHandle;
let bus: AgentBus;
let agent: ScriptedAgent;

beforeAll(async () => {
  server = await startTestNats();
});

beforeEach(async () => {
  nats = await connectNats({ url: server.url, name: 'test', logger });
  bus = createAgentBus(nats);
  agent = await connectScriptedAgent(server.url);
});

afterEach(async () => {
  await agent.close();
  await nats.close();
});

afterAll(() => server.stop());

function ask(timeoutMs: number): ReturnType<AgentBus['command']> {
  return bus.command({ projectId: PROJECT, guid: agent.guid }, { name: 'status' }, timeoutMs);
}

test('an agent answers with its own word', async () => {
  agent.answer('status', () => JSON.stringify(FREE));
  await agent.connection.flush();

  expect(await ask(5000)).toEqual({ kind: 'reply', reply: FREE });
});

test('that nobody listens is known, and no answer is waited for', async () => {
  expect(await ask(30_000)).toEqual({ kind: 'nobody' });
});

test.each([
  { why: 'an agent that stays silent', reply: null },
  { why: 'an agent that answers nonsense', reply: 'nonsense' },
  { why: 'an agent whose answer lacks a field', reply: '{"accepted":true}' },
])('$why has not answered', async ({ reply }) => {
  agent.answer('status', () => reply);
  await agent.connection.flush();

  expect(await ask(200)).toEqual({ kind: 'no-answer' });
});

test('the state of a bridge is read, and null when none answers', async () => {
  expect(await bus.bridgeStatus(1000)).toBeNull();

  const status = { connectedForMs: 5, reportsPending: 2 };
  agent.connection.subscribe(BRIDGE_STATUS_SUBJECT, {
    callback: (_error, message) => {
      message.respond(JSON.stringify(status));
    },
  });
  await agent.connection.flush();

  expect(await bus.bridgeStatus(30_000)).toEqual(status);
});

test('an agent is heard as soon as it beats, and waited for no longer than that', async () => {
  const heard = bus.whenHeard({ projectId: PROJECT, guid: agent.guid }, 60_000).then(() => 'heard');
  await nats.link()?.connection.flush();

  agent.connection.publish(heartbeatSubject(PROJECT, 'another'), '');
  await agent.connection.flush();
  expect(
    await Promise.race([
      heard,
      nats
        .link()
        ?.connection.flush()
        .then(() => 'not yet'),
    ]),
  ).toBe('not yet');

  agent.connection.publish(heartbeatSubject(PROJECT, agent.guid), '');
  expect(await heard).toBe('heard');
  await bus.whenHeard({ projectId: PROJECT, guid: agent.guid }, 10);
});

test('a command that no server would take is an error, not a silence', async () => {
  const tooLarge = bus.command({ projectId: PROJECT, guid: agent.guid }, { name: 'shutdown', reason: 'x'.repeat(2_000_000) }, 1000);

  await expect(tooLarge).rejects.toMatchObject({ code: 'INTERNAL' });
});

test('a request that is cut off says nothing about the agent', async () => {
  agent.answer('status', () => null);
  await agent.connection.flush();
  const answer = ask(5000);

  await server.kill9();

  expect(await answer).toEqual({ kind: 'unreachable' });
  await server.restart();
  await eventually(() => {
    expect(bus.isConnected()).toBe(true);
  });
});

test('a server that hangs answers no ping, long before the connection is given up', async () => {
  expect(await bus.ping()).toBe(true);

  server.suspend();
  // A process that is told to stop may still answer while it does.
  await eventually(async () => {
    expect(await Promise.race([bus.ping(), delay(500, 'nothing')])).toBe('nothing');
  });
  server.resume();

  expect(await bus.ping()).toBe(true);
});

test('a handle made while NATS is away says so at once, and works when NATS comes', async () => {
  await server.kill9();
  const early = await connectNats({ url: server.url, name: 'early', logger });
  const earlyBus = createAgentBus(early);

  expect(earlyBus.isConnected()).toBe(false);
  expect(await earlyBus.command({ projectId: PROJECT, guid: agent.guid }, { name: 'status' }, 30_000)).toEqual({ kind: 'unreachable' });

  await server.restart();
  agent.answer('status', () => JSON.stringify(FREE));
  await eventually(async () => {
    expect((await earlyBus.command({ projectId: PROJECT, guid: agent.guid }, { name: 'status' }, 1000)).kind).toBe('reply');
  });
  await early.close();
});

test('a handle can be closed while NATS was never there', async () => {
  const never = await connectNats({ url: 'nats://127.0.0.1:1', name: 'never', logger });

  await never.close();

  expect(createAgentBus(never).isConnected()).toBe(false);
  expect(await createAgentBus(never).ping()).toBe(false);
});
