import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { digits } from '../../../api/http/queries.ts';

const Query = z.object({ limit: digits(z.int().min(1).max(Number.MAX_SAFE_INTEGER)).default(50) });

describe('a number in a query', () => {
  test.each([
    ['1', 1],
    ['007', 7],
    ['99999999999', 99_999_999_999],
    [undefined, 50],
  ])('%p is read as %d', (limit, number) => {
    expect(Query.parse(limit === undefined ? {} : { limit })).toEqual({ limit: number });
  });

  test.each(['', ' ', 'ten', '1.5', '+1', '1e3', '0x10', '--1', '1\n', '\u0661'])('%j is refused as no whole number', (limit) => {
    expect(Query.safeParse({ limit }).error?.issues).toMatchObject([{ path: ['limit'], message: 'must be a whole number' }]);
  });

  test.each([
    ['0', 'too_small'],
    ['-1', 'too_small'],
    ['-0', 'too_small'],
    [`-${'9'.repeat(400)}`, 'too_small'],
    ['9007199254740993', 'too_big'],
    ['9'.repeat(400), 'too_big'],
  ])('%s is refused as %s', (limit, code) => {
    const issues = Query.safeParse({ limit }).error?.issues ?? [];

    expect(new Set(issues.map((issue) => issue.code))).toEqual(new Set([code]));
  });
});
