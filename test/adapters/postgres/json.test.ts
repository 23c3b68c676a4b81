import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { boundedText, toJson, toJsonOrNull } from '../../../src/adapters/postgres/json.ts';

test('whatever is written holds nothing that PostgreSQL refuses', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, odd) => {
      const text = toJson({ [`${odd}\0`]: [odd, { '\ud800': value, text: `a\0${odd}\udc00` }] });
      expect(text).not.toMatch(/(?<!\\)(\\\\)*\\u(0000|d[89a-f])/i);
    }),
  );
});

test('clean values are written as they are', () => {
  const value = { a: ['ü', '😀', 1, null, true], nested: { empty: {} } };

  expect(JSON.parse(toJson(value))).toEqual(value);
});

test('nothing is null', () => {
  expect([toJsonOrNull(undefined), toJsonOrNull(null), toJsonOrNull({})]).toEqual([null, null, '{}']);
});

test('text is cut without leaving half a character', () => {
  expect(boundedText('ab😀', 3)).toBe('ab\ufffd');
});
