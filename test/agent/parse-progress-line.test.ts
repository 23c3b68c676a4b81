import { expect, test } from '@jest/globals';
import { parseProgressLine } from '../../agent/parse-progress-line.ts';

test.each([
  ['::weft progress=40 halfway there', { kind: 'progress', progress: 40, message: 'halfway there' }],
  ['::weft progress=40', { kind: 'progress', progress: 40 }],
  ['  ::weft  progress = 12.5 %  reading  ', { kind: 'progress', progress: 12.5, message: 'reading' }],
  ['::weft progress=40% done', { kind: 'progress', progress: 40, message: 'done' }],
  ['::weft progress=250 over the top', { kind: 'progress', progress: 100, message: 'over the top' }],
  ['::weft summary=All tests pass', { kind: 'summary', text: 'All tests pass' }],
  ['::weft summary=a=b', { kind: 'summary', text: 'a=b' }],
  ['::weft fatal=no such repository', { kind: 'fatal', reason: 'no such repository' }],
  ['::weft question=Which one?', { kind: 'question', asked: { text: 'Which one?', timeoutMs: 86_400_000, onExpiry: 'fail' } }],
  [
    '::weft question={"text":"Go?","choices":["yes","no"],"timeoutMs":60000,"onExpiry":"proceed"}',
    { kind: 'question', asked: { text: 'Go?', choices: ['yes', 'no'], timeoutMs: 60_000, onExpiry: 'proceed' } },
  ],
])('reads %j', (line, told) => {
  expect(parseProgressLine(line)).toEqual(told);
});

test.each([
  [''],
  ['progress=40'],
  ['::weft'],
  ['::weft progress='],
  ['::weft progress=soon'],
  ['::weft progress=-1'],
  ['::weft progress=40percent'],
  ['::weft summary='],
  ['::weft launch=rockets'],
  ['::weft question='],
  ['::weft question={"text":"Go?"'],
  ['::weft question={"choices":["yes"]}'],
  ['the line "::weft progress=40" reports progress'],
])('takes %j for ordinary output', (line) => {
  expect(parseProgressLine(line)).toBeNull();
});

test('bounds what it reads', () => {
  const progress = parseProgressLine(`::weft progress=1 ${'x'.repeat(5000)}`);
  const summary = parseProgressLine(`::weft summary=${'x'.repeat(50_000)}`);

  expect(progress).toMatchObject({ message: 'x'.repeat(1024) });
  expect(summary).toMatchObject({ text: 'x'.repeat(4096) });
});
