import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { WorkItem } from '../../src/domain/work/work-item.ts';
import { eventually } from '../support/eventually.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';

const WAIT_MS = 90_000;
const TEST_MS = 240_000;

let product: Product | null = null;

afterEach(async () => {
  await product?.stop();
}, TEST_MS);

async function post(weft: Product, path: string, body: object = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${weft.ready().api}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function submit(weft: Product, body: object): Promise<string> {
  return WorkItem.parse(await (await post(weft, '/api/work', { boundary: 'open-source', ...body })).json()).id;
}

async function find(weft: Product, id: string): Promise<WorkItem> {
  return WorkItem.parse(await (await fetch(`${weft.ready().api}/api/work/${id}`)).json());
}

async function until(weft: Product, id: string, expected: object): Promise<void> {
  await eventually(async () => {
    expect(await find(weft, id)).toMatchObject(expected);
  }, WAIT_MS);
}

test(
  'items that depend on others begin when those have ended, and fail with them or go on, as they say; a project is drained, and goes on',
  async () => {
    const weft = (product = createProduct('source'));
    await weft.start();
    await weft.registerTarget('build');
    const first = await submit(weft, { capability: 'build', taskId: 'first', description: 'until go' });
    const middle = await submit(weft, { capability: 'build', taskId: 'middle', description: 'fail 1', limits: { attemptsMax: 1 }, dependsOn: [first] });
    const other = await submit(weft, { capability: 'build', taskId: 'with', description: 'for 1', dependsOn: [first, middle] });
    const all = await submit(weft, { capability: 'build', taskId: 'all', description: 'for 1', dependsOn: [middle], onDependencyFailure: 'release' });

    await until(weft, other, { phase: 'waiting', reason: 'waits for 2 other items' });
    await until(weft, first, { phase: 'working' });
    expect(weft.journal()).toEqual(['started first 1']);

    writeFileSync(join(weft.workDir, 'go'), '');

    await until(weft, middle, { phase: 'dead-lettered' });
    await until(weft, other, { phase: 'dead-lettered', attempts: 0, error: { code: 'dependency', message: expect.stringContaining(middle) } });
    await until(weft, all, { phase: 'completed' });
    expect(weft.journal().filter((line) => !line.includes(' all '))).toEqual(['started first 1', 'done first 1', 'started middle 1', 'failed middle 1']);

    // A drain: who works finishes, and leaves; nobody else begins.
    const busy = await submit(weft, { capability: 'build', taskId: 'busy', description: 'until more' });
    await until(weft, busy, { phase: 'working' });
    const { state } = (await (await post(weft, '/api/projects/default/drain')).json()) as { state: string };
    expect(state).toBe('draining');
    const next = await submit(weft, { capability: 'build', taskId: 'next', description: 'for 1' });
    await until(weft, next, { phase: 'waiting', reason: 'the project is being drained' });

    writeFileSync(join(weft.workDir, 'more'), '');

    await until(weft, busy, { phase: 'completed' });
    await eventually(async () => {
      const project = (await (await fetch(`${weft.ready().api}/api/projects/default`)).json()) as { activity: { state: string } };
      expect(project.activity.state).toBe('drained');
    }, WAIT_MS);
    expect(weft.agents()).toEqual([]);
    expect(weft.journal()).not.toContain('started next 1');

    await post(weft, '/api/projects/default/resume');
    await until(weft, next, { phase: 'completed' });
    expect(await weft.stop()).toBe(0);
  },
  TEST_MS,
);
