import { expect, test } from '@jest/globals';
import { createReport, toTable } from '../../../scripts/demo/report.ts';
import type { Row } from '../../../scripts/demo/report.ts';

const done: Row = { name: 'a-run-tests', ok: true, workId: null, outcome: 'completed', attempts: 1, seconds: 3.04, link: 'http://ui/work-1', detail: '' };
const broken: Row = { ...done, name: 'c', ok: false, outcome: 'dead-lettered', attempts: 12, seconds: 10, link: null };

test('the table has columns as wide as their widest text', () => {
  expect(toTable([done, broken])).toEqual([
    'item         outcome        expected?  attempts  time    Temporal UI',
    'a-run-tests  completed      yes        1         3.0 s   http://ui/work-1',
    'c            dead-lettered  NO         12        10.0 s  -',
  ]);
});

test('writes plain text when colour is not wanted', () => {
  const written: string[] = [];
  const report = createReport({ write: (text) => written.push(text), inColour: false }, performance.now());

  report.heading('Starting');
  report.line('a-run-tests', 'work:queued', 'waits');
  report.table([done]);

  expect(written.join('')).not.toContain('\u001b');
  expect(written[1]).toMatch(/^ {3}0\.\d s {2}a-run-tests {7}work:queued {11}waits\n$/);
});

test('shows in red what is not as it must be', () => {
  const written: string[] = [];

  createReport({ write: (text) => written.push(text), inColour: true }, performance.now()).table([broken]);

  expect(written.at(-1)).toBe(`\u001b[31m${toTable([broken])[1] ?? ''}\u001b[0m\n`);
});
