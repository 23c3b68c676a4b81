import { expect, test } from '@jest/globals';
import { parseBatch } from '../../../cli/rest/parse-batch.ts';

const many = (count: number): string => '{}\n'.repeat(count);

test.each([
  ['an array', ' [ {"a":1},\n{"a":2} ]\n', [{ a: 1 }, { a: 2 }]],
  ['an object a line', '{"a":1}\r\n\n{"a":2}', [{ a: 1 }, { a: 2 }]],
])('%s is a batch', (_form, text, items) => {
  expect(parseBatch(text)).toEqual({ items });
});

test('a batch has 1,000 items at most', () => {
  expect(parseBatch(many(1000))).toMatchObject({ items: expect.any(Array) });
  expect(parseBatch(many(1001))).toEqual({ problem: '1001 work items are too many; 1000 can be submitted at once' });
});

test.each([
  ['', 'there is no work item in it'],
  ['[]', 'there is no work item in it'],
  ['[{}', 'it is not a JSON array, nor one JSON object a line'],
  ['{}\n\n{oops}', 'line 3 is not JSON'],
  ['{}\n7', 'work item 2 is not a JSON object'],
  ['[null]', 'work item 1 is not a JSON object'],
])('%j is none, and why is said', (text, problem) => {
  expect(parseBatch(text)).toEqual({ problem });
});
