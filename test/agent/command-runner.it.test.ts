import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AgentUnderTest, MARKED } from './agent-under-test.ts';
import { anAssignment } from './assignment.ts';
import { processesWith, until } from './processes.ts';

const onLinux = process.platform === 'linux';
let agent: AgentUnderTest;

beforeEach(async () => {
  agent = await AgentUnderTest.prepare();
});
afterEach(async () => {
  await agent.stop();
});

async function start(command: string): Promise<void> {
  await agent.start(command, { task: 'command' });
}

async function fileIn(name: string): Promise<string> {
  return readFile(join(agent.directory, name), 'utf8').catch(() => '');
}

describe('an agent that is its command', () => {
  test('runs it once, busy meanwhile, then says that it leaves until it is told to go', async () => {
    await start(`cd ${agent.directory}; echo "$WEFT_AGENT_GUID $NATS_PASS" >> ran; while ! test -e stop; do sleep 0.05; done; cat; echo done >> ran`);
    await until(async () => (await agent.server.registryEntry()) !== null, 'the registry entry');
    expect(await agent.server.registryEntry()).toMatchObject({ status: 'busy', currentTaskCount: 1 });
    expect(await agent.server.tell({ name: 'status' })).toMatchObject({ accepted: true, state: 'working' });
    expect(await agent.server.assign(anAssignment())).toMatchObject({ accepted: false, reason: 'busy' });
    expect(agent.lastHeartbeat()).not.toHaveProperty('leaving');

    await writeFile(join(agent.directory, 'stop'), '');
    await until(() => agent.server.heartbeats.filter(({ leaving }) => leaving === true).length > 3, 'the agent to say again and again that it leaves');
    expect(await agent.server.tell({ name: 'shutdown', reason: 'it has ended' })).toMatchObject({ accepted: true });

    expect(await agent.exitCode()).toBe(0);
    expect(await fileIn('ran')).toBe(`${MARKED.slice(MARKED.indexOf('=') + 1)} \ndone\n`);
    expect(await agent.server.registryEntry()).toMatchObject({ status: 'offline' });
    expect(agent.server.reports).toEqual([]);
  });

  (onLinux ? test : test.skip)('is at work as long as anything that the command has started is', async () => {
    await start(`cd ${agent.directory}; setsid sh -c 'while ! test -e stop; do sleep 0.05; done; touch ended' & exit 0`);
    await until(() => agent.server.heartbeats.length > 5, 'a few heartbeats');
    expect(agent.lastHeartbeat()).not.toHaveProperty('leaving');

    await writeFile(join(agent.directory, 'stop'), '');

    await until(() => agent.lastHeartbeat()?.leaving === true, 'the end');
    expect(await agent.has('ended')).toBe(true);
  });

  test.each([
    [0, undefined],
    [3, true],
  ])('says how its command has ended: exit code %i', async (code, failed) => {
    await start(`exit ${String(code)}`);

    await until(() => agent.lastHeartbeat()?.leaving === true, 'the end');

    expect(agent.lastHeartbeat()?.failed).toBe(failed);
  });

  test.each(['told', 'TERM'])('is ended with everything that it has started (%s)', async (how) => {
    await start(`sleep 60 & sleep 60`);

    if (how === 'told') await agent.server.tell({ name: 'shutdown', reason: 'test' });
    else agent.kill('SIGTERM');

    expect(await agent.exitCode()).toBe(0);
    expect(await processesWith(MARKED)).toEqual([]);
    await until(() => agent.lastHeartbeat()?.leaving === true, 'its word that it leaves');
    expect(await agent.server.registryEntry()).toMatchObject({ status: 'offline' });
  });

  test('has the time that it is granted, and is killed then', async () => {
    await start(`trap '' TERM; while :; do sleep 0.1; done`);

    const askedAtMs = performance.now();
    await agent.server.tell({ name: 'shutdown', reason: 'test', graceMs: 4500 });

    expect(await agent.exitCode()).toBe(0);
    expect(performance.now() - askedAtMs).toBeGreaterThanOrEqual(4500);
    expect(await processesWith(MARKED)).toEqual([]);
  });

  test.each([
    ['program', { command: '/no/such/program', args: [] }, 'ENOENT'],
    ['work directory', { command: 'true', workingDirectory: '/no/such/directory' }, '/no/such/directory'],
  ])('never shows itself without its %s, and says why when it is asked', async (_name, harness, reason) => {
    agent.launch({ task: 'command', harness });
    const refusal = await answered();

    expect(refusal).toMatchObject({ accepted: false, reason: expect.stringContaining(reason) });
    expect(agent.server.heartbeats).toEqual([]);
    expect(agent.errors).toContain(reason);
    await agent.server.tell({ name: 'shutdown', reason: 'test' });
    expect(await agent.exitCode()).toBe(0);
  });
});

/** The first answer of an agent that is neither absent nor only just starting. */
async function answered(): Promise<unknown> {
  let reply: { reason?: string } | null = null;
  await until(async () => {
    reply = await agent.server.tell({ name: 'status' }).catch(() => null);
    return reply !== null && reply.reason !== 'starting';
  }, 'an answer');
  return reply;
}
