import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Heartbeat } from '../../../src/domain/agents/report.ts';
import { BRIDGE_STATUS_SUBJECT, heartbeatSubject } from '../../../src/domain/subjects.ts';
import type { AgentInbox } from '../../../src/ports/agent-inbox.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestNats } from '../../support/servers.ts';
import type { TestNats } from '../../support/servers.ts';
import { latch, nothingPending, Readers } from './reading.ts';
import { aReport, connectScriptedAgent, PROJECT } from './scripted-agent.ts';
import type { ScriptedAgent } from './scripted-agent.ts';

// The client reconnects every two seconds.
let server: TestNats;
let agent: ScriptedAgent;
const readers = new Readers(() => server.url);

beforeAll(async () => {
  server = await startTestNats();
});

beforeEach(async () => {
  agent = await connectScriptedAgent(server.url);
});

afterEach(async () => {
  await readers.stop();
  await agent.close();
});

afterAll(() => server.stop());

test('each heartbeat reaches one of several bridges, and malformed ones none', async () => {
  const received: Heartbeat[] = [];
  const listen = (inbox: AgentInbox, signal: AbortSignal): Promise<void> =>
    inbox.consumeHeartbeats(async (heartbeat) => {
      received.push(heartbeat);
    }, signal);
  const bridges = [await readers.start(listen), await readers.start(listen)];
  for (const { nats } of bridges) await nats.link()?.connection.flush();

  agent.connection.publish(heartbeatSubject(PROJECT, agent.guid), 'nonsense');
  agent.connection.publish(heartbeatSubject(PROJECT, 'somebody-else'), JSON.stringify({ guid: agent.guid, projectId: PROJECT, state: 'free', idleForMs: 0 }));
  for (let idleForMs = 0; idleForMs < 50; idleForMs++) agent.heartbeat({ idleForMs });

  await eventually(() => {
    expect(received).toHaveLength(50);
  });
  expect(new Set(received.map(({ idleForMs }) => idleForMs)).size).toBe(50);
});

test('heartbeats go on after the server was killed, and one that cannot be taken stops nothing', async () => {
  let received = 0;
  await readers.start((inbox, signal) =>
    inbox.consumeHeartbeats(() => {
      received += 1;
      return Promise.reject(new Error('unexpected'));
    }, signal),
  );

  await server.kill9();
  await server.restart();

  await eventually(() => {
    agent.heartbeat();
    expect(received).toBeGreaterThan(2);
  });
});

test('the state tells how long everything has been connected and how many reports wait', async () => {
  const gate = latch();
  const { inbox } = await readers.reports(async () => {
    await gate.opened;
    return 'taken';
  }, 2);
  await Promise.all([agent.report(aReport()), agent.report(aReport()), agent.report(aReport())]);

  const first = await eventually(async () => {
    const status = await inbox.status();
    expect(status.connectedForMs).toBeGreaterThan(100);
    return status;
  });
  gate.open();
  await nothingPending(inbox);
  const killedAtMs = performance.now();
  await server.kill9();
  await server.restart();
  const second = await eventually(() => inbox.status());
  const sinceKilledMs = performance.now() - killedAtMs;

  expect(first.reportsPending).toBe(3);
  expect(second.connectedForMs).toBeLessThan(sinceKilledMs);
  await eventually(async () => {
    expect((await inbox.status()).connectedForMs).toBeGreaterThan(second.connectedForMs);
  });
});

test('a bridge answers for its state, and stays silent when it cannot know it', async () => {
  let known = true;
  await readers.start((inbox, signal) =>
    inbox.answerStatus(() => (known ? Promise.resolve({ connectedForMs: 7, reportsPending: 1 }) : Promise.reject(new Error('deaf'))), signal),
  );
  const ask = (): Promise<unknown> => agent.connection.request(BRIDGE_STATUS_SUBJECT, '', { timeout: 500 }).then((message) => message.json());

  expect(await eventually(ask)).toEqual({ connectedForMs: 7, reportsPending: 1 });
  known = false;

  await expect(ask()).rejects.toThrow();
});
