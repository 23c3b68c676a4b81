import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { encodeCursor, readPage } from '../../api/cursor.ts';
import { hasErrorCode } from '../../src/domain/errors.ts';

const Position = z.object({ priority: z.int(), id: z.string() });
const position = { priority: 5, id: 'a' };
const filter = { projectId: 'default', status: 'pending' };

function problemOf(cursor: string, under: Record<string, string> = filter): string {
  try {
    readPage({ cursor }, under, Position);
  } catch (error) {
    expect(hasErrorCode(error, 'BAD_REQUEST')).toBe(true);
    return (error as Error).message;
  }
  return 'accepted';
}

test('a list without cursor starts at the beginning with 50', () => {
  expect(readPage({}, filter, Position)).toEqual({ limit: 50, after: null });
});

test('a cursor leads back to its position with its own limit', () => {
  const cursor = encodeCursor(position, { limit: 7, filter });

  expect(readPage({ cursor }, filter, Position)).toEqual({ limit: 7, after: position });
});

test('a limit beside the cursor wins over the cursor’s own', () => {
  const cursor = encodeCursor(position, { limit: 7, filter });

  expect(readPage({ cursor, limit: 3 }, filter, Position)).toEqual({ limit: 3, after: position });
});

test('the order in which filters are named does not matter', () => {
  const cursor = encodeCursor(position, { limit: 7, filter });

  expect(readPage({ cursor }, { status: 'pending', projectId: 'default' }, Position).after).toEqual(position);
});

test.each([
  ['another status', { projectId: 'default', status: 'failed' }],
  ['another project', { projectId: 'other', status: 'pending' }],
  ['one filter less', { projectId: 'default' }],
])('a cursor is refused under %s as a filter mismatch', (_what, other) => {
  const cursor = encodeCursor(position, { limit: 7, filter });

  expect(problemOf(cursor, other as Record<string, string>)).toContain('filter mismatch');
});

test.each([
  ['text that is no JSON', Buffer.from('hello').toString('base64url')],
  ['JSON of another shape', Buffer.from('{"offset":3}').toString('base64url')],
  ['a position of another list', encodeCursor('a-name', { limit: 7, filter })],
  ['a limit beyond the bound', encodeCursor(position, { limit: 5000, filter })],
  ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00]).toString('base64url')],
])('a cursor made of %s is refused', (_what, cursor) => {
  expect(problemOf(cursor)).toContain('is not a cursor that this API gave');
});
