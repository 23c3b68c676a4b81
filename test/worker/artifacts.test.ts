import { expect, test } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import { agentRunner, workflowBundle } from '../../worker/artifacts.ts';
import { WORKFLOW_TYPES } from '../../src/contract/names.ts';

test.each([
  ['the workflow bundle', workflowBundle],
  ['the agent runner', agentRunner],
])('%s is made once from the same sources, also when two ask at once', async (_, make) => {
  const [first, second] = await Promise.all([make(), make()]);
  const madeAt = statSync(first).mtimeMs;
  const again = await make();

  expect([second, again]).toEqual([first, first]);
  expect(statSync(again).mtimeMs).toBe(madeAt);
});

test('the workflow bundle has every workflow', async () => {
  const code = readFileSync(await workflowBundle(), 'utf8');

  for (const type of Object.values(WORKFLOW_TYPES)) expect(code).toContain(`function ${type}(`);
});

test('the workflow bundle has no schemas: each workflow would make all of them anew, at three times the cost of starting it', async () => {
  expect(readFileSync(await workflowBundle(), 'utf8')).not.toContain('node_modules/zod/');
});
