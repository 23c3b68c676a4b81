import { expect, test } from '@jest/globals';
import { mostAtOnce, parseJournal, waitsMs, writeJournalLine } from '../../../scripts/bench/journal.ts';
import type { JournalLine } from '../../../scripts/bench/journal.ts';

const line = (atMs: number, what: 'start' | 'stop', workId: string): JournalLine => ({ atMs, what, workId, fence: 1 });

test('a journal is read as it was written', () => {
  const lines = [line(1.5, 'start', 'a'), line(2, 'stop', 'a')];

  expect(parseJournal(lines.map(writeJournalLine).join(''))).toEqual(lines);
  expect(() => parseJournal('1 begin a 1\n')).toThrow('not a line of a journal: 1 begin a 1');
  expect(() => parseJournal('1 start a\n')).toThrow('not a line of a journal: 1 start a');
});

test('those count as at work together that overlap, not those of which one ends as the other begins', () => {
  const lines = [line(4, 'start', 'c'), line(1, 'start', 'a'), line(2, 'start', 'b'), line(4, 'stop', 'a'), line(5, 'stop', 'b'), line(6, 'stop', 'c')];

  expect(mostAtOnce(lines)).toBe(2);
  expect(mostAtOnce([...lines, line(3, 'start', 'd')])).toBe(3);
});

test('an item has waited until its first start; one that nobody started is an error', () => {
  const lines = [line(10, 'start', 'a'), line(11, 'stop', 'a'), line(20, 'start', 'a'), line(30, 'start', 'b')];

  expect(
    waitsMs(
      [
        { workId: 'b', atMs: 5 },
        { workId: 'a', atMs: 4 },
      ],
      lines,
    ),
  ).toEqual([25, 6]);
  expect(() => waitsMs([{ workId: 'c', atMs: 0 }], lines)).toThrow('no agent has started work item c');
});
