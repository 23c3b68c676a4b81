import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newItem } from './work-item.ts';
import { openEngine } from './open-engine.ts';
import type { OpenEngine } from './open-engine.ts';

let engine: OpenEngine['engine'];
let runIdOf: OpenEngine['runIdOf'];
let terminate: OpenEngine['terminate'];
let close: OpenEngine['close'];

beforeAll(async () => {
  ({ engine, runIdOf, terminate, close } = await openEngine());
});

afterAll(() => close());

describe('driving an item again', () => {
  test('starts one new run after the old one has ended, however often it is asked, and none beside a running one', async () => {
    const item = newItem();
    await engine.startWork(item);
    const first = await runIdOf(item.workflowId);

    await engine.startWork({ ...item, retries: 1 });
    expect(await runIdOf(item.workflowId)).toBe(first);
    await terminate(item.workflowId);
    await Promise.all([engine.startWork({ ...item, retries: 1 }), engine.startWork({ ...item, retries: 1 }), engine.startWork(item)]);
    const second = await runIdOf(item.workflowId);
    await engine.startWork(item);

    expect(second).not.toBe(first);
    expect(await engine.describe(item.workflowId)).toEqual({ kind: 'running', runId: second });
    await terminate(item.workflowId);
    expect(await engine.describe(item.workflowId)).toEqual({ kind: 'closed', runId: second, status: 'TERMINATED', retries: 1 });
  });
});
