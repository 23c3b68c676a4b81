import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findUndecodable } from '../../../api/http/undecodable.ts';

test.each([
  ['/api/work', []],
  ['/api/work?', []],
  ['/api/work?a=%C3%A9&b=1+2&c', []],
  ['/api/work?a=x?y=%3F', []],
  ['/api/work?a=%C3&b=1&c=%', ['/query/a', '/query/c']],
  ['/api/work?%C3%A9=%C3', ['/query/é']],
  ['/api/work?a=%ED%A0%80', ['/query/a']],
  ['/api/work?a=%C0%80', ['/query/a']],
  ['/api/caf\u00c3\u00a9?a=1', ['/params']],
])('%j has these that cannot be read: %j', (url, fields) => {
  expect(findUndecodable(url).map(({ field }) => field)).toEqual(fields);
});

test('any text that is encoded can be read', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(findUndecodable(`/api/work?text=${encodeURIComponent(text)}`)).toEqual([]);
    }),
  );
});
