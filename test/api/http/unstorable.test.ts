import { expect, test } from '@jest/globals';
import { findUnstorable } from '../../../api/http/unstorable.ts';

function nested(levels: number): unknown {
  let value: unknown = 'leaf';
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

test.each([
  ['plain text', 'grüße 👋'],
  ['a whole surrogate pair', '\ud83d\ude00'],
  ['control characters other than NUL', 'a\tb\u0001'],
  ['the largest exact whole number', Number.MAX_SAFE_INTEGER],
  ['a fraction', 1e-7],
  ['null, booleans and empty containers', { a: null, b: true, c: [], d: {} }],
  ['64 levels', nested(64)],
  ['nothing at all', undefined],
])('%s can be kept', (_what, value) => {
  expect(findUnstorable(value, '/body')).toEqual([]);
});

test.each([
  ['NUL', { a: 'x\0y' }, '/body/a', 'unstorable_text'],
  ['a high surrogate alone', { a: ['\ud800'] }, '/body/a/0', 'unstorable_text'],
  ['a low surrogate alone', { a: '\udc00x' }, '/body/a', 'unstorable_text'],
  ['a name with NUL', { 'k\0': 1 }, '/body/k\0', 'unstorable_text'],
  ['a number that became infinite', { a: JSON.parse('1e400') as number }, '/body/a', 'unsafe_number'],
  ['a whole number that lost digits', { a: JSON.parse('12345678901234567890') as number }, '/body/a', 'unsafe_number'],
])('%s is found at its place', (...[, value, field, code]) => {
  expect(findUnstorable(value, '/body')).toEqual([{ field, code, message: expect.any(String) }]);
});

test('nesting beyond 64 levels is found once, and its depth is not followed', () => {
  const [problem, ...others] = findUnstorable(nested(100_000), '/body');

  expect(problem).toMatchObject({ code: 'too_deep' });
  expect(others).toEqual([]);
});

test('names are escaped as JSON pointers and cut', () => {
  const [first, second] = findUnstorable({ 'a/b~c': '\0', ['x'.repeat(1000)]: '\0' }, '/body').toSorted((a, b) => a.field.length - b.field.length);

  expect(first?.field).toBe('/body/a~1b~0c');
  expect(second?.field).toBe(`/body/${'x'.repeat(64)}`);
});

test('a body wrong in a hundred thousand places is named in a hundred', () => {
  expect(findUnstorable(Array<string>(100_000).fill('\0'), '/body')).toHaveLength(100);
});
