import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { isSettled } from '../../src/domain/work/work-item.ts';
import { eventually } from '../support/eventually.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { recordedPids } from '../support/running-up.ts';

// The only test that builds, because two builds at once would be in each other's way.
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD_TIMEOUT_MS = 300_000;
const WAIT_MS = 120_000;
const TEST_MS = 240_000;

let product: Product | null = null;

beforeAll(async () => {
  await promisify(execFile)('npm', ['run', 'build', '--silent'], { cwd: ROOT, timeout: BUILD_TIMEOUT_MS });
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  await product?.stop();
}, TEST_MS);

test('the built product imports nothing but its dependencies', () => {
  const { dependencies } = z.object({ dependencies: z.record(z.string(), z.string()) }).parse(JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')));
  const allowed = new Set([...Object.keys(dependencies), ...builtinModules]);

  const imported = filesOf(join(ROOT, 'dist')).flatMap((file) => importsOf(file).map((name) => ({ file, name: packageOf(name) })));

  expect(imported.map(({ name }) => name)).toEqual(expect.arrayContaining(['fastify', '@temporalio/worker', 'pg', '@nats-io/jetstream']));
  expect(imported.filter(({ name }) => !allowed.has(name))).toEqual([]);
});

test(
  'the built product runs alone: it completes an item and leaves nothing behind',
  async () => {
    product = createProduct('built', ['--ephemeral', '--json', '--port', '0']);
    const up = await product.start();
    const client = product.client();
    await product.registerTarget('build', 1);

    const { id } = await client.submit({ capability: 'build', boundary: 'open-source', description: 'for 2' });
    const item = await eventually(async () => {
      const found = await client.find(id);
      if (!isSettled(found.phase)) throw new Error(`It is ${found.phase}: ${found.reason ?? ''}\n${up.stderr()}`);
      return found;
    }, WAIT_MS);
    const readiness = await fetch(`${product.ready().api}/health/ready`);

    expect(item).toEqual(expect.objectContaining({ phase: 'completed', attempts: 1, result: expect.objectContaining({ summary: 'done by attempt 1' }) }));
    expect(product.journal()).toEqual([`started ${item.taskId} 1`, `done ${item.taskId} 1`]);
    expect(readiness.status).toBe(200);
    expect(await readiness.json()).toEqual(expect.objectContaining({ status: 'ok' }));
    expect(commandLines(product.processes()).filter((line) => line.includes('.ts'))).toEqual([]);
    expect(up.stdout().split('\n')).toHaveLength(2); // one line, ended

    expect(await product.stop()).toBe(0);
    expect(commandLines(product.processes())).toEqual([]);
  },
  TEST_MS,
);

test(
  'a Ctrl-C while api and worker are starting ends everything as well',
  async () => {
    product = createProduct('built');
    const { dataDir } = product;
    const up = product.launch();
    await eventually(() => {
      expect(Object.keys(recordedPids(dataDir))).toContain('worker');
    }, WAIT_MS);

    up.signal('SIGINT');

    expect(await up.exited).toBe(0);
    expect(commandLines(product.processes())).toEqual([]);
  },
  TEST_MS,
);

function filesOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?js$/u.test(name) && !name.endsWith('bundle.js'))
    .map((name) => join(directory, name));
}

/** Packages that a file imports, at its top or later. */
function importsOf(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/(?:\bfrom |\bimport |\bimport\()['"]([^.'"\s][^'"\s]*)['"]/gu)].flatMap(([, name]) => name ?? []);
}

function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.replace(/^node:/u, '').split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

function commandLines(pids: readonly number[]): readonly string[] {
  return pids.map((pid) => {
    try {
      return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return ''; // it ended meanwhile
    }
  });
}
