import { expect, test } from '@jest/globals';
import { createLineSplitter } from '../../agent/split-lines.ts';

function linesOf(chunks: readonly (string | Buffer)[], charsMax = 100): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter(charsMax, (line) => lines.push(line));
  for (const chunk of chunks) splitter.write(Buffer.from(chunk));
  splitter.end();
  return lines;
}

test('joins lines that come in pieces and ends the last one', () => {
  expect(linesOf(['on', 'e\ntw', 'o\r\n', '\nlast'])).toEqual(['one', 'two', '', 'last']);
});

test('joins a character that was cut in half', () => {
  const euro = Buffer.from('€\n');

  expect(linesOf([euro.subarray(0, 1), euro.subarray(1)])).toEqual(['€']);
});

test('emits only the beginning of a line that is too long', () => {
  expect(linesOf(['abcdef', 'ghij', 'kl\nnext\n'], 5)).toEqual(['abcde', 'next']);
});

test('holds no more than one line of a stream without newlines', () => {
  const lines = linesOf(
    Array.from({ length: 1000 }, () => 'x'.repeat(1000)),
    50,
  );

  expect(lines).toEqual(['x'.repeat(50)]);
});
