import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { GUID_MARKER, RUNNER_CONFIG } from '../../src/domain/agents/launch.ts';
import { AgentUnderTest, NATS_PASSWORD } from './agent-under-test.ts';
import { GUID, WORK_A, WORK_B, anAssignment } from './assignment.ts';
import { until } from './processes.ts';

let agent: AgentUnderTest;

beforeEach(async () => {
  agent = await AgentUnderTest.prepare();
});
afterEach(async () => {
  await agent.stop();
});

describe('an agent that has just started', () => {
  test('is reachable, known in the registry, and alive', async () => {
    await agent.start('true');
    await until(async () => (await agent.server.registryEntry()) !== null, 'the registry entry');

    expect(agent.lastHeartbeat()).toEqual({ guid: GUID, projectId: 'default', state: 'free', idleForMs: 0 });
    expect(await agent.server.tell({ name: 'status' })).toEqual({ accepted: true, state: 'free', idleForMs: 0 });
    expect(await agent.server.registryEntry()).toMatchObject({ guid: GUID, status: 'online', currentTaskCount: 0, capabilities: ['general'] });
  });

  test.each([
    ['without a configuration', { [RUNNER_CONFIG]: undefined }, /WEFT_RUNNER_CONFIG is missing/u],
    ['with half a configuration', { [RUNNER_CONFIG]: '{"guid":"x"}' }, /projectId: /u],
    ["under another agent's marker", { [GUID_MARKER]: 'somebody-else' }, /WEFT_AGENT_GUID must be set to/u],
  ])('%s says what is wrong and leaves', async (_how, env, message) => {
    agent.launch({}, env);

    expect(await agent.exitCode()).toBe(2);
    expect(agent.errors).toMatch(message);
  });
});

describe('an item', () => {
  test('is run, reported as completed and reported again until it is settled', async () => {
    await agent.start("echo working; echo '::weft progress=40 halfway'; echo '::weft summary=All good'");
    const assignment = anAssignment({ fence: 7 });

    expect(await agent.server.assign(assignment)).toMatchObject({ accepted: true, state: 'working', workId: WORK_A, fence: 7 });
    const report = await agent.server.report('completed');
    const resent = await agent.server.assign(assignment);
    await until(() => agent.lastHeartbeat()?.state === 'finished-unsettled', 'a heartbeat that says so');
    const settled = await agent.server.settle(assignment);

    expect(report).toMatchObject({ workId: WORK_A, fence: 7, runToken: 'run-token-secret', result: { summary: 'All good', output: { exitCode: 0 } } });
    expect(agent.server.reports.map(({ kind, seq }) => `${kind}:${String(seq)}`)).toEqual(['claimed:1', 'progress:2', 'completed:3']);
    expect(resent).toMatchObject({ accepted: true, state: 'finished-unsettled' });
    expect(settled).toEqual({ accepted: true, state: 'free', idleForMs: 0 });
    expect(agent.server.logs.flatMap(({ lines }) => lines.map(({ text }) => text))).toContain('working');
    await until(async () => (await agent.server.registryEntry())?.status === 'online', 'the registry to say that it is free');
  });

  test('that fails is reported with the end of its output', async () => {
    await agent.start('echo compiling; echo "error: no such file" >&2; exit 3');
    await agent.server.assign(anAssignment());

    expect(await agent.server.report('failed')).toMatchObject({
      message: expect.stringMatching(/exited with code 3[^]*error: no such file/u),
      recoverable: true,
      interrupted: false,
    });
  });

  test('asks one question after the other, and reads each answer from its file', async () => {
    const wait = (n: number): string =>
      `until [ -e "$WEFT_ANSWERS/${String(n)}" ]; do sleep 0.05; done; echo "answer ${String(n)}: $(cat "$WEFT_ANSWERS/${String(n)}")"`;
    await agent.start(`echo '::weft question=Which?'; echo '::weft question=Sure?'; ${wait(1)}; ${wait(2)}`);
    const assignment = anAssignment({ fence: 7 });
    const { workId, fence } = assignment;
    const answer = (questionId: string, text: string | null) => agent.server.tell({ name: 'answer', workId, fence, questionId, answer: text });
    await agent.server.assign(assignment);

    const first = await agent.server.report('question');
    expect(first).toMatchObject({ seq: 2, text: 'Which?', onExpiry: 'fail' });
    expect(await answer('7-9', 'of another question')).toMatchObject({ accepted: false, reason: 'not-working-on-it' });
    expect(await answer('7-2', 'the left one')).toMatchObject({ accepted: true });
    expect(await answer('7-2', 'the left one')).toMatchObject({ accepted: true });
    await until(() => agent.server.reports.length === 3, 'the second question');
    expect(agent.server.reports[2]).toMatchObject({ kind: 'question', seq: 3, text: 'Sure?' });
    expect(await answer('7-3', null)).toMatchObject({ accepted: true });

    const { result } = await agent.server.report('completed');
    expect(result.output).toMatchObject({ tail: expect.stringMatching(/answer 1: the left one[^]*answer 2: \n/u) });
  });

  test('assigned again and again runs once', async () => {
    await agent.start(`echo x >> ${agent.directory}/runs; sleep 0.3`);
    const assignment = anAssignment();

    const replies = await Promise.all(Array.from({ length: 10 }, () => agent.server.assign(assignment)));
    await agent.server.report('completed');
    await agent.server.assign(assignment);
    await agent.server.settle(assignment);
    const late = await agent.server.assign(assignment);

    expect(replies.every(({ accepted, fence }) => accepted && fence === 1)).toBe(true);
    expect(late).toMatchObject({ accepted: false, reason: 'not-working-on-it' });
    expect(await readFile(join(agent.directory, 'runs'), 'utf8')).toBe('x\n');
  });

  test('is refused while another one is at work', async () => {
    await agent.start('sleep 60');
    await agent.server.assign(anAssignment());

    expect(await agent.server.assign(anAssignment({ workId: WORK_B }))).toMatchObject({ accepted: false, reason: 'busy', workId: WORK_A });
  });

  test('under a higher fence replaces the lower one when that is gone', async () => {
    await agent.start(`echo "$WEFT_ATTEMPT" >> ${agent.directory}/runs; [ "$WEFT_ATTEMPT" = 1 ] && sleep 60; echo second`);
    await agent.server.assign(anAssignment({ fence: 1 }));
    await until(() => agent.has('runs'), 'the first run');

    await agent.server.assign(anAssignment({ fence: 2, attempt: 2 }));

    expect(await agent.server.report('completed')).toMatchObject({ fence: 2 });
    expect(agent.server.reports.filter(({ fence, kind }) => fence === 1 && kind !== 'claimed')).toEqual([]);
    expect(await readFile(join(agent.directory, 'runs'), 'utf8')).toBe('1\n2\n');
  });

  test('changes files of a git work tree, and the report tells which', async () => {
    const repository = join(agent.directory, 'repository');
    await mkdir(repository);
    const git = (...args: string[]) => execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], { cwd: repository });
    git('init', '--quiet');
    await writeFile(join(repository, 'a'), 'old\n');
    git('add', 'a');
    git('commit', '--quiet', '--message', 'x');
    await agent.start('', { harness: { command: 'echo new > a; echo 1 > b', workingDirectory: repository } });

    await agent.server.assign(anAssignment());

    expect(await agent.server.report('completed')).toMatchObject({
      result: { output: { git: { changedFiles: ['a', 'b'], diff: expect.stringContaining('-old\n+new'), diffTruncated: false } } },
    });
  });

  test("is run without anything of the runner's own secrets", async () => {
    await agent.start(`env > ${agent.directory}/env; cat /proc/self/environ > ${agent.directory}/environ`);
    await agent.server.assign(anAssignment());
    await agent.server.report('completed');

    const text = (await readFile(join(agent.directory, 'env'), 'utf8')) + (await readFile(join(agent.directory, 'environ'), 'utf8'));
    const names = text.split(/[\n\0]/u).map((entry) => entry.split('=')[0]);
    expect(text).not.toContain(NATS_PASSWORD);
    expect(text).not.toContain('run-token-secret');
    expect(names.filter((name) => name?.startsWith('NATS'))).toEqual([]);
    expect(names).not.toContain(RUNNER_CONFIG);
    expect(names).toContain(GUID_MARKER);
  });
});
