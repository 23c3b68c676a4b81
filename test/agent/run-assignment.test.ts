import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Asked } from '../../src/domain/work/question.ts';
import { runAssignment } from '../../agent/run-assignment.ts';
import type { AssignmentRun } from '../../agent/run-assignment.ts';
import type { RunResult } from '../../agent/run-result.ts';
import type { Assignment } from '../../src/domain/agents/commands.ts';
import type { RunnerConfig } from '../../src/domain/agents/launch.ts';
import { WORK_A, aRunnerConfig, anAssignment } from './assignment.ts';
import { processesWith, until } from './processes.ts';

// Many small processes, perhaps on a busy machine.
const onLinux = process.platform === 'linux';
const GRACE_MS = 600;
// Nothing takes this long unless it waits for the end of the grace.
const LONG_GRACE_MS = 30_000;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weft-test-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

interface Observed {
  readonly run: AssignmentRun;
  readonly lines: string[];
  readonly progress: number[];
  readonly questions: { text: string; file: string }[];
  started: boolean;
}

function start(harness: RunnerConfig['harness'], assignment: Assignment = anAssignment(), graceMs = GRACE_MS): Observed {
  const lines: string[] = [];
  const progress: number[] = [];
  const questions: Observed['questions'] = [];
  const listeners = {
    onStarted: () => {
      observed.started = true;
    },
    onActivity: () => undefined,
    onLine: (_stream: string, line: string) => lines.push(line),
    onProgress: (value: number) => progress.push(value),
    onQuestion: (asked: Asked, file: string) => questions.push({ text: asked.text, file }),
  };
  const config = aRunnerConfig({ harness });
  const allowed = { PATH: process.env['PATH'] ?? '' };
  const run = runAssignment({ config, assignment, runnerDirectory: directory, allowed, graceMs, listeners });
  const observed: Observed = { run, lines, progress, questions, started: false };
  return observed;
}

function exitedResult(result: RunResult): Extract<RunResult, { kind: 'exited' }> {
  if (result.kind !== 'exited') throw new Error(`expected an exit, got ${JSON.stringify(result)}`);
  return result;
}

describe('what runs', () => {
  test('is the shell line of the target, in a fresh directory', async () => {
    const { run, lines } = start({ command: 'echo "$WEFT_TASK_ID"; pwd; echo oops >&2; exit 3' });

    const result = exitedResult(await run.ended);

    expect(result.exit).toEqual({ code: 3 });
    expect(lines).toEqual(expect.arrayContaining(['TASK-1', join(directory, `${WORK_A}.1`, 'work'), 'oops']));
    expect(await readFile(join(directory, `${WORK_A}.1`, 'output.log'), 'utf8')).toContain('oops');
  });

  test('is the argument vector of the target when it has one; nothing is expanded', async () => {
    const { run, lines } = start({ command: 'printf', args: ['%s\n', '$HOME *', 'b'] });

    expect(exitedResult(await run.ended).exit).toEqual({ code: 0 });
    expect(lines).toEqual(['$HOME *', 'b']);
  });

  test('reads one JSON document on stdin and then its end', async () => {
    const { run, lines } = start({ command: 'cat' }, anAssignment({ contextData: { a: 1 } }));
    await run.ended;

    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ workId: WORK_A, description: 'say hello', contextData: { a: 1 } });
  });

  test('may leave a long stdin unread', async () => {
    const { run } = start({ command: 'exec <&-; echo done' }, anAssignment({ contextData: { text: 'x'.repeat(900_000) } }));

    expect(exitedResult(await run.ended).exit).toEqual({ code: 0 });
  });

  test('finds long texts in files', async () => {
    const command = 'wc -c < "$WEFT_DESCRIPTION_FILE"; wc -c < "$WEFT_CONTEXT_FILE"';
    const { run, lines } = start({ command }, anAssignment({ description: '€'.repeat(60_000), contextData: { text: 'x'.repeat(900_000) } }));
    await run.ended;

    expect(lines.map((line) => Number(line))).toEqual([180_000, 900_011]);
  });

  test('tells its progress, its summary and what is fatal', async () => {
    const { run, progress } = start({
      command: "echo '::weft progress=10 a'; echo '::weft progress=90'; echo '::weft summary=S'; printf '::weft fatal=F'; exit 1",
    });

    expect(exitedResult(await run.ended).output).toMatchObject({ summary: 'S', fatal: 'F' });
    expect(progress).toEqual([10, 90]);
  });

  test('asks, and is told of a file for each answer', async () => {
    const { run, questions } = start({ command: "echo '::weft question=Which?'; echo '::weft question=Sure?'" });
    await run.ended;

    const answers = join(directory, `${WORK_A}.1`, 'answers');
    expect(questions).toEqual([
      { text: 'Which?', file: join(answers, '1') },
      { text: 'Sure?', file: join(answers, '2') },
    ]);
  });

  test.each([
    ['a program that does not exist', { command: 'no-such-program-here', args: [] }, /ENOENT/u],
    ['a work directory that does not exist', { command: 'true', workingDirectory: '/no/such/directory' }, /\/no\/such\/directory does not exist/u],
  ])('cannot be %s', async (_what, harness, message) => {
    const { run, ...observed } = start(harness);

    expect(await run.ended).toEqual({ kind: 'not-started', message: expect.stringMatching(message) });
    expect(observed.started).toBe(false);
  });
});

test('a flood of output neither stops the harness nor fills the memory', async () => {
  const { run } = start({ command: 'head -c 100000000 /dev/zero; echo; echo the end' });

  const { output, exit } = exitedResult(await run.ended);

  expect(exit).toEqual({ code: 0 });
  expect(output.tail.endsWith('the end\n')).toBe(true);
  expect(output.tail.length).toBeLessThanOrEqual(16_384);
});

test('only the newest directories of an agent are kept', async () => {
  for (let fence = 1; fence <= 5; fence += 1) await start({ command: 'true' }, anAssignment({ fence })).run.ended;

  expect((await readdir(directory)).sort()).toEqual([3, 4, 5].map((fence) => `${WORK_A}.${String(fence)}`));
});

describe('the end of the harness', () => {
  test('by a signal is told', async () => {
    const { run } = start({ command: 'kill -9 $$' });

    expect(exitedResult(await run.ended).exit).toEqual({ signal: 'SIGKILL' });
  });

  test('includes what its first process left behind', async () => {
    const marker = `${directory}/left`;
    const { run } = start({ command: `sh -c 'touch ${marker}; sleep 300' & while [ ! -e ${marker} ]; do sleep 0.01; done; echo finished` });

    expect(exitedResult(await run.ended).output.tail).toBe('finished\n');
    expect(await processesWith(`WEFT_WORK_ID=${WORK_A}`)).toEqual([]);
  });
});

describe('a stop', () => {
  let stoppedAtMs: number;

  /** Stops the command as soon as it has made its `ready` file and waits for the end. */
  async function stopWhenReady(script: string, { usualMs = GRACE_MS, givenMs }: { usualMs?: number; givenMs?: number } = {}): Promise<RunResult> {
    await writeFile(join(directory, 'script.sh'), script);
    const harness = { command: 'sh', args: [join(directory, 'script.sh')], env: { READY: join(directory, 'ready') } };
    const { run } = start(harness, anAssignment(), usualMs);
    await until(async () => (await readdir(directory)).includes('ready'));
    stoppedAtMs = performance.now();
    run.stop(givenMs);
    return run.ended;
  }

  test('ends a harness that obeys TERM at once', async () => {
    expect(await stopWhenReady('touch $READY; sleep 300', { usualMs: LONG_GRACE_MS })).toEqual({ kind: 'stopped' });
    expect(performance.now() - stoppedAtMs).toBeLessThan(LONG_GRACE_MS);
  });

  test('gives the harness time to clean up', async () => {
    await stopWhenReady(`trap 'sleep 0.3; touch ${directory}/cleaned; exit 0' TERM; touch $READY; while :; do sleep 0.05; done`, { usualMs: LONG_GRACE_MS });

    expect(await readdir(directory)).toContain('cleaned');
  });

  test('that gives no time at all does not wait for the usual one', async () => {
    const deaf = `trap '' TERM; touch $READY; while :; do sleep 0.05; done`;

    expect(await stopWhenReady(deaf, { usualMs: LONG_GRACE_MS, givenMs: 0 })).toEqual({ kind: 'stopped' });
    expect(performance.now() - stoppedAtMs).toBeLessThan(LONG_GRACE_MS);
  });

  test('kills a grandchild that ignores TERM', async () => {
    await stopWhenReady(`sh -c 'trap "" TERM; touch $READY; while :; do sleep 1; done' & wait`);

    expect(await processesWith(`WEFT_WORK_ID=${WORK_A}`)).toEqual([]);
  });

  (onLinux ? test : test.skip)('finds a process that left the group and the session', async () => {
    await stopWhenReady(`setsid setsid sh -c 'trap "" TERM; touch $READY; while :; do sleep 1; done' & sleep 300`);

    expect(await processesWith(`WEFT_WORK_ID=${WORK_A}`)).toEqual([]);
  });

  test('ends a harness that is suspended', async () => {
    expect(await stopWhenReady('touch $READY; kill -STOP $$')).toEqual({ kind: 'stopped' });
    expect(await processesWith(`WEFT_WORK_ID=${WORK_A}`)).toEqual([]);
  });

  test('before the start starts nothing', async () => {
    const observed = start({ command: 'true' });
    observed.run.stop();

    expect(await observed.run.ended).toEqual({ kind: 'stopped' });
    expect(observed.started).toBe(false);
  });
});
