import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { cursorOf, pageFields, readPage } from '../../../api/http/cursor.ts';
import { hasErrorCode } from '../../../src/domain/errors.ts';

const Position = z.object({ priority: z.int(), id: z.string() });
const position = { priority: 5, id: 'a' };
const filter = { projectId: 'default', status: 'pending' };

/** The cursor for what follows a page that ends here. */
function cursorAfter(position: unknown, limit = 7): string {
  const page = { items: [position], hasBefore: false, hasAfter: true };
  return pageFields(page, { positionOf: (item) => item, limit, filter }).nextCursor ?? '';
}

function problemOf(cursor: string, under: Record<string, string> = filter): string {
  try {
    readPage({ cursor }, under, cursorOf(Position));
  } catch (error) {
    expect(hasErrorCode(error, 'BAD_REQUEST')).toBe(true);
    return (error as Error).message;
  }
  return 'accepted';
}

test('a list without limit and cursor is asked for as a whole', () => {
  expect(readPage({}, filter, cursorOf(Position))).toEqual({ limit: 1000, from: null });
});

test('a cursor leads back to its position with its own limit', () => {
  const cursor = cursorAfter(position);

  expect(readPage({ cursor }, filter, cursorOf(Position))).toEqual({ limit: 7, from: { direction: 'after', position } });
});

test('cursors lead to the neighbours of a page, and are null where there is none', () => {
  const items = [{ name: 'b' }, { name: 'c' }];
  const given = { positionOf: ({ name }: { name: string }) => name, limit: 2, filter };

  const middle = pageFields({ items, hasBefore: true, hasAfter: true }, given);
  const only = pageFields({ items, hasBefore: false, hasAfter: false }, given);

  expect(readPage({ cursor: middle.nextCursor ?? '' }, filter, cursorOf(z.string())).from).toEqual({ direction: 'after', position: 'c' });
  expect(readPage({ cursor: middle.prevCursor ?? '' }, filter, cursorOf(z.string())).from).toEqual({ direction: 'before', position: 'b' });
  expect(only).toEqual({ count: 2, hasMore: false, nextCursor: null, prevCursor: null });
});

test('a limit beside the cursor wins over the cursor’s own', () => {
  const cursor = cursorAfter(position);

  expect(readPage({ cursor, limit: 3 }, filter, cursorOf(Position))).toEqual({ limit: 3, from: { direction: 'after', position } });
});

test('the order in which filters are named does not matter', () => {
  const cursor = cursorAfter(position);

  expect(readPage({ cursor }, { status: 'pending', projectId: 'default' }, cursorOf(Position)).from).toEqual({ direction: 'after', position });
});

test.each([
  ['another status', { projectId: 'default', status: 'failed' }],
  ['another project', { projectId: 'other', status: 'pending' }],
  ['one filter less', { projectId: 'default' }],
])('a cursor is refused under %s as a filter mismatch', (_what, other) => {
  const cursor = cursorAfter(position);

  expect(problemOf(cursor, other as Record<string, string>)).toContain('filter mismatch');
});

test.each([
  ['text that is no JSON', Buffer.from('hello').toString('base64url')],
  ['JSON of another shape', Buffer.from('{"offset":3}').toString('base64url')],
  ['a position of another list', cursorAfter('a-name')],
  ['a limit beyond the bound', cursorAfter(position, 5000)],
  ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00]).toString('base64url')],
])('a cursor made of %s is refused', (_what, cursor) => {
  expect(problemOf(cursor)).toContain('is not a cursor that this API gave');
});
