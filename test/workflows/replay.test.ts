import { beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { workflowBundle } from '../../worker/artifacts.ts';
import { WORKFLOW_TYPES } from '../../src/contract/names.ts';
import { toPortableHistory } from '../../scripts/portable-history.ts';
import { installQuietRuntime } from '../support/quiet-runtime.ts';

const HISTORIES = new URL('../histories/', import.meta.url);
const files = readdirSync(HISTORIES).filter((name) => name.endsWith('.json'));

let codePath: string;

beforeAll(async () => {
  installQuietRuntime();
  codePath = await workflowBundle();
});

function read(file: string): string {
  return readFileSync(new URL(file, HISTORIES), 'utf8');
}

function replay(history: string): Promise<void> {
  return Worker.runReplayHistory({ workflowBundle: { codePath } }, JSON.parse(history));
}

describe('the workflows', () => {
  test.each(files)('can go on from what was recorded: %s', async (file) => {
    await expect(replay(read(file))).resolves.toBeUndefined();
  });

  test('have a recorded history each', () => {
    const recorded = files.map((file) => read(file)).join('');

    for (const type of Object.values(WORKFLOW_TYPES)) expect(recorded).toContain(`"workflowType":{"name":"${type}"}`);
  });

  test.each(files)('are recorded without a word of the machine: %s', (file) => {
    const history: unknown = JSON.parse(read(file));

    expect(toPortableHistory(history, ['/root/', '/home/', '/tmp/', '/Users/', 'node_modules'])).toEqual(history);
  });

  // The proof that the test above can fail.
  test.each([
    ['an activity', 'work-completed.json', ['"activityType":{"name":"awaitAgent"}', '"activityType":{"name":"awaitAnother"}']],
    ['a transition', 'work-completed-settled-later.json', ['"activity_type":"settleWork"', '"activity_type":"settleAnother"']],
    ['a transition of an earlier version', 'work-completed-admitted-first.json', ['"activity_type":"takeGrant"', '"activity_type":"takeAnother"']],
    ['a step of a session', 'session-of-completed.json', ['"activityType":{"name":"stopAgent"}', '"activityType":{"name":"spinUp"}']],
    ['a transition of a session', 'session-of-cancelled.json', ['"activity_type":"endSession"', '"activity_type":"recordGone"']],
    ['the round of a coordinator', 'coordinator.json', ['"activity_type":"grantSlots"', '"activity_type":"grantNothing"']],
    ['the check of a probe', 'probe-target.json', ['"activityType":{"name":"checkTarget"}', '"activityType":{"name":"checkNothing"}']],
    ['what a scheduled look records', 'target-health.json', ['"activity_type":"recordCheck"', '"activity_type":"recordNothing"']],
    ['the look of a deployment', 'deployment.json', ['"activity_type":"keepDeployment"', '"activity_type":"keepNothing"']],
    ['the step of a reconciler', 'reconcile.json', ['"name":"reconcileHolders"', '"name":"reconcileNobody"']],
  ])('refuse to go on when %s was another: %s', async (_, file, [was = '', is = '']) => {
    const history = read(file);

    const otherwise = rewrite(history, was, is);

    expect(otherwise).not.toBe(rewrite(history, was, was));
    await expect(replay(otherwise)).rejects.toMatchObject({ name: 'DeterminismViolationError' });
  });
});

/** Replaces a text, also within the payloads, which stand there as base64. */
function rewrite(history: string, was: string, is: string): string {
  const replaced: unknown = JSON.parse(history.replaceAll(was, is), (key, value: unknown) =>
    key === 'data' && typeof value === 'string' ? Buffer.from(Buffer.from(value, 'base64').toString().replaceAll(was, is)).toString('base64') : value,
  );
  return JSON.stringify(replaced);
}
