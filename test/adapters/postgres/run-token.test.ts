import { expect, test } from '@jest/globals';
import { isRunToken, runTokenOf } from '../../../src/adapters/postgres/run-token.ts';

const SECRET = Buffer.from('secret');
const SCOPE = { workId: 'w', fence: 1, guid: 'g' };

test('a token holds for its work item, fence and agent only', () => {
  const token = runTokenOf(SECRET, SCOPE);

  expect(isRunToken(SECRET, SCOPE, token)).toBe(true);
  expect(isRunToken(SECRET, { ...SCOPE, fence: 2 }, token)).toBe(false);
  expect(isRunToken(SECRET, { ...SCOPE, workId: 'x' }, token)).toBe(false);
  expect(isRunToken(SECRET, { ...SCOPE, guid: 'h' }, token)).toBe(false);
  expect(isRunToken(Buffer.from('other'), SCOPE, token)).toBe(false);
});

test.each(['', 'x', 'ü'.repeat(64), '0'.repeat(64)])('%j is no token', (token) => {
  expect(isRunToken(SECRET, SCOPE, token)).toBe(false);
});
