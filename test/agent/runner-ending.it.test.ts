import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { signalIfThere } from '../support/marked-processes.ts';
import { AgentUnderTest, MARKED } from './agent-under-test.ts';
import { WORK_A, anAssignment } from './assignment.ts';
import { processesWith, until } from './processes.ts';

const onLinux = process.platform === 'linux';
let agent: AgentUnderTest;

beforeEach(async () => {
  agent = await AgentUnderTest.prepare();
});
afterEach(async () => {
  await agent.stop();
});

describe('a cancel', () => {
  const ignoresTerm = `sh -c 'trap "" TERM; touch ready-1; while :; do sleep 1; done'`;

  (onLinux ? test : test.skip)('ends a grandchild that ignores TERM and one that left group and session', async () => {
    await agent.start(`cd ${agent.directory}; ${ignoresTerm} & setsid sh -c 'trap "" TERM; touch ready-2; while :; do sleep 1; done' & wait`);
    await agent.server.assign(anAssignment());
    await until(async () => (await agent.has('ready-1')) && agent.has('ready-2'), 'the grandchildren');

    expect(await agent.server.tell({ name: 'cancel', workId: WORK_A, fence: 1 })).toMatchObject({ accepted: true, state: 'working' });
    await until(() => agent.lastHeartbeat()?.state === 'free', 'the agent to be free');
    expect(await processesWith(`WEFT_WORK_ID=${WORK_A}`)).toEqual([]);
    expect(agent.server.reports.map(({ kind }) => kind)).toEqual(['claimed']);
  });

  test('of a harness that obeys is answered when it is gone', async () => {
    await agent.start('sleep 60');
    let fence = 0;

    // The answer waits for the end, but not for ever: on a busy machine a harness may take longer.
    await eventually(async () => {
      await until(() => agent.lastHeartbeat()?.state === 'free', 'the agent to be free');
      fence += 1;
      await agent.server.assign(anAssignment({ fence }));
      await until(() => agent.server.reports.some((report) => report.kind === 'claimed' && report.fence === fence), 'the harness');
      expect(await agent.server.tell({ name: 'cancel', workId: WORK_A, fence })).toEqual({ accepted: true, state: 'free', idleForMs: 0 });
    });
  });

  test('of something else is refused', async () => {
    await agent.start('sleep 60');
    await agent.server.assign(anAssignment({ fence: 2 }));

    expect(await agent.server.tell({ name: 'cancel', workId: WORK_A, fence: 1 })).toMatchObject({ accepted: false, reason: 'not-working-on-it', fence: 2 });
  });
});

describe('leaving', () => {
  test('happens when the agent is free for too long', async () => {
    await agent.start('true', { leaveAfterIdleMs: 300 });

    expect(await agent.exitCode()).toBe(0);
    expect(await agent.server.registryEntry()).toMatchObject({ status: 'offline' });
    await until(() => agent.lastHeartbeat()?.leaving === true, 'its word that it leaves');
  });

  test('on request while at work ends the harness and reports the interruption', async () => {
    await agent.start('sleep 60');
    await agent.server.assign(anAssignment());
    await agent.server.report('claimed');

    expect(await agent.server.tell({ name: 'shutdown', reason: 'test' })).toMatchObject({ accepted: true });
    expect(await agent.server.report('failed')).toMatchObject({ interrupted: true, recoverable: true });
    expect(await agent.exitCode()).toBe(0);
    expect(agent.server.heartbeats.filter(({ leaving }) => leaving === true)).toEqual([]);
    expect(await processesWith(MARKED)).toEqual([]);
    expect(await agent.server.registryEntry()).toMatchObject({ status: 'offline', currentTaskCount: 0 });
  });

  // Longer and shorter than a runner grants by itself.
  test.each([4500, 0])('kills a harness that does not end when %d ms have passed', async (graceMs) => {
    await agent.start(`trap '' TERM; touch ${agent.directory}/stubborn; while :; do sleep 0.1; done`);
    await agent.server.assign(anAssignment());
    await until(() => agent.has('stubborn'), 'the harness');

    const askedAtMs = performance.now();
    await agent.server.tell({ name: 'shutdown', reason: 'test', graceMs });

    expect(await agent.exitCode()).toBe(0);
    const tookMs = performance.now() - askedAtMs;
    expect(tookMs).toBeGreaterThanOrEqual(graceMs);
    expect(tookMs).toBeLessThan(graceMs + 30_000);
    expect(await processesWith(MARKED)).toEqual([]);
    expect(await agent.server.report('failed')).toMatchObject({ interrupted: true });
  });

  test('by TERM is the same, also when the harness gets its TERM first', async () => {
    await agent.start('sleep 60');
    await agent.server.assign(anAssignment());
    await agent.server.report('claimed');

    for (const pid of await processesWith(`WEFT_WORK_ID=${WORK_A}`)) signalIfThere(pid, 'SIGTERM');
    agent.kill('SIGTERM');

    expect(await agent.server.report('failed')).toMatchObject({ interrupted: true });
    expect(await agent.exitCode()).toBe(0);
  });

  test('is not held up by a NATS that is away', async () => {
    await agent.start('sleep 60');
    await agent.server.assign(anAssignment());
    await agent.server.report('claimed');
    await agent.nats.kill9();
    agent.kill('SIGTERM');

    expect(await agent.exitCode()).toBe(0);
    expect(await processesWith(MARKED)).toEqual([]);
    await agent.nats.restart();
  });

  test('a draining agent takes nothing new and stays', async () => {
    await agent.start('true');

    expect(await agent.server.tell({ name: 'drain' })).toMatchObject({ accepted: true, state: 'free' });
    expect(await agent.server.assign(anAssignment())).toMatchObject({ accepted: false, reason: 'draining' });
  });
});
