import { expect, test } from '@jest/globals';
import type { LogChunk } from '../../../src/domain/agents/log-chunk.ts';
import { LogTail } from '../../../src/domain/agents/log-tail.ts';

function entry(...texts: string[]): { chunk: LogChunk } {
  const lines = texts.map((text) => ({ stream: 'stdout' as const, text }));
  return { chunk: { workId: 'w', guid: 'g', fence: 1, seq: 1, sentAt: '2026-01-01T00:00:00.000Z', lines, linesDropped: 0 } };
}

function tailOf(linesMax: number, entries: readonly { chunk: LogChunk }[]): { lines: string[]; cut: boolean } {
  const tail = new LogTail(linesMax);
  for (const one of entries) tail.add(one);
  return { lines: tail.entries().flatMap(({ chunk }) => chunk.lines.map(({ text }) => text)), cut: tail.isCut };
}

const THREE = [entry('a', 'b'), entry(), entry('c'), entry('d', 'e')];

test.each([
  [10, ['a', 'b', 'c', 'd', 'e'], false],
  [5, ['a', 'b', 'c', 'd', 'e'], false],
  [4, ['b', 'c', 'd', 'e'], true],
  [3, ['c', 'd', 'e'], true],
  [1, ['e'], true],
  [0, [], true],
])('the newest %d lines', (linesMax, lines, cut) => {
  expect(tailOf(linesMax, THREE)).toEqual({ lines, cut });
});

test('a log without lines is whole', () => {
  expect(tailOf(5, [])).toEqual({ lines: [], cut: false });
});

test('text has a bound whatever the lines', () => {
  const { lines, cut } = tailOf(
    10_000,
    Array.from({ length: 300 }, () => entry('x'.repeat(32_768))),
  );

  expect(lines.join('').length).toBeLessThanOrEqual(4_194_304);
  expect(cut).toBe(true);
});
