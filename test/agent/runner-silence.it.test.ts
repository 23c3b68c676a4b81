import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AgentUnderTest } from './agent-under-test.ts';
import { WORK_A, anAssignment } from './assignment.ts';
import { until } from './processes.ts';

let agent: AgentUnderTest;

beforeEach(async () => {
  agent = await AgentUnderTest.prepare();
});
afterEach(async () => {
  await agent.stop();
});

describe('silence', () => {
  test('of a suspended harness shows in heartbeats that go on with a growing idle time', async () => {
    await agent.start('echo alive; kill -STOP $$');
    await agent.server.assign(anAssignment());
    await until(() => agent.server.logs.length > 0, 'its last output');
    const heard = agent.server.heartbeats.length;
    const idle = (): number[] => agent.server.heartbeats.slice(heard).map(({ idleForMs }) => idleForMs);
    await until(() => idle().length >= 5 && (idle().at(-1) ?? 0) > 1500, 'a long idle time');

    expect(idle()).toEqual([...idle()].sort((a, b) => a - b));
    expect((await agent.server.tell({ name: 'status' })).idleForMs).toBeGreaterThan(1500);
  });

  test('ends with the next output', async () => {
    await agent.start('while :; do echo tick; sleep 0.1; done');
    await agent.server.assign(anAssignment());
    await agent.server.report('claimed');
    await until(() => agent.server.heartbeats.filter(({ state }) => state === 'working').length > 8, 'some heartbeats');

    await until(() => (agent.lastHeartbeat()?.idleForMs ?? Infinity) < 1000, 'a short idle time');
  });
});

describe('without NATS', () => {
  test('the harness goes on, and its report arrives when NATS is back', async () => {
    await agent.start(`touch ${agent.directory}/begun; sleep 0.5; touch ${agent.directory}/ended`);
    await agent.server.assign(anAssignment());
    await until(() => agent.has('begun'), 'the harness');
    await agent.nats.kill9();
    await until(() => agent.has('ended'), 'the end of the harness');
    await agent.nats.restart();

    expect(await agent.server.report('completed')).toMatchObject({ workId: WORK_A });
    await until(() => agent.lastHeartbeat()?.state === 'finished-unsettled', 'heartbeats');
  });

  test('whose disk was lost the report is sent again, and the agent is known again', async () => {
    await agent.server.stopReading();
    await agent.start('echo done');
    await agent.server.assign(anAssignment());
    await until(() => agent.server.reportsStored(2), 'the report in the stream');
    await agent.nats.kill9();
    agent.nats.loseDisk();
    const heard = agent.server.heartbeats.length;
    await agent.nats.restart();
    await until(() => agent.server.heartbeats.length > heard, 'a heartbeat after the restart');
    await agent.server.readReports();

    expect(await agent.server.report('completed')).toMatchObject({ workId: WORK_A });
    await until(async () => (await agent.server.registryEntry()) !== null, 'the registry entry');
  });

  test('the agent waits for it to come up', async () => {
    await agent.nats.kill9();
    agent.launch({});
    await agent.nats.restart();

    await until(() => agent.server.heartbeats.length > 0, 'the first heartbeat');
  });
});
