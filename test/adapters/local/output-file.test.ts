import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boundOutput, openOutput, sizeOf, tailOf } from '../../../src/adapters/local/output-file.ts';

describe('output files', () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'weft-output-'));
    path = join(directory, 'stdout.log');
  });

  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  test('within the bound are left alone', async () => {
    await writeFile(path, 'x'.repeat(100));

    await boundOutput(path, 100);

    expect(await sizeOf(path)).toBe(100);
    expect(await sizeOf(`${path}.1`)).toBe(0);
  });

  test('beyond the bound are cut while their writer goes on at the new end, and their last MiB is kept', async () => {
    const writer = await openOutput(path);
    await writer.write('a'.repeat(2_000_000));
    await writer.write('the end');

    await boundOutput(path, 1000);
    await writer.write('and on');
    await writer.close();

    expect(await readFile(path, 'utf8')).toBe('and on');
    const kept = await readFile(`${path}.1`, 'utf8');
    expect(kept).toHaveLength(1_048_576);
    expect(kept.endsWith('aathe end')).toBe(true);
  });

  test('that do not exist are no trouble', async () => {
    await boundOutput(path, 1);

    expect(await tailOf(path, 0)).toBe('');
  });

  test.each<[string, { content: string; offset?: number; tail: string }]>([
    [
      'the last ten lines',
      {
        content: Array.from({ length: 30 }, (_, index) => `line ${String(index)}\n`).join(''),
        tail: Array.from({ length: 10 }, (_, index) => `line ${String(index + 20)}`).join('\n'),
      },
    ],
    ['at most two KiB', { content: 'y'.repeat(10_000), tail: 'y'.repeat(2048) }],
    ['only what came after the offset', { content: 'before\nafter\n', offset: 7, tail: 'after' }],
    ['without colours and control characters', { content: '\u001b[31mred\u001b[0m\u0007 \u0000text\r\n', tail: 'red text' }],
  ])('give as their tail %s', async (_, { content, offset = 0, tail }) => {
    await writeFile(path, content);

    expect(await tailOf(path, offset)).toBe(tail);
  });
});
