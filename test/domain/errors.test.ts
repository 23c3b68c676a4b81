import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { runInNewContext } from 'node:vm';
import { errorCodeOf, ERRORS, hasErrorCode, WeftError } from '../../src/domain/errors.ts';

describe('the error table', () => {
  test('is what docs/errors.md says, row by row', async () => {
    const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');

    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    const documented = rows.map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

    expect(documented).toEqual(
      Object.entries(ERRORS).map(([code, { status, retryable, meaning }]) => [`\`${code}\``, String(status), retryable ? 'yes' : 'no', meaning]),
    );
  });

  test.each(Object.entries(ERRORS))('%s has a status for errors and a sentence', (code, { status, meaning }) => {
    expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/u);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(meaning).toMatch(/^[A-Z].*\.$/u);
  });

  test('calls retryable nothing that the caller must change first; one that is under way needs only time', () => {
    const clientFaults = Object.values(ERRORS).filter(({ status }) => status < 500);

    expect(clientFaults.filter(({ retryable }) => retryable)).toEqual([ERRORS.IDEMPOTENCY_UNDER_WAY]);
  });
});

describe('a WeftError', () => {
  test('carries code, message, details and cause', () => {
    const cause = new Error('socket closed');

    const error = new WeftError('LEDGER_UNAVAILABLE', 'PostgreSQL is away.', { details: { attempt: 2 }, cause });

    expect(error).toMatchObject({ name: 'WeftError', code: 'LEDGER_UNAVAILABLE', message: 'PostgreSQL is away.', details: { attempt: 2 }, cause });
  });

  test('has no cause and empty details unless they were given', () => {
    const error = new WeftError('CONFLICT', 'The name is taken.');

    expect('cause' in error).toBe(false);
    expect(error.details).toEqual({});
  });

  test('is recognised by its code, also when it comes from another realm', () => {
    const foreign: unknown = runInNewContext("Object.assign(new Error('x'), { code: 'STALE_RUN' })");

    expect(errorCodeOf(foreign)).toBe('STALE_RUN');
    expect(hasErrorCode(foreign, 'STALE_RUN')).toBe(true);
    expect(hasErrorCode(foreign, 'CONFLICT')).toBe(false);
  });

  test.each<[string, unknown]>([
    ['a system error', Object.assign(new Error('x'), { code: 'ENOENT' })],
    ['a name that every object has', { code: 'toString' }],
    ['a code that is no text', { code: 409 }],
    ['an error without a code', new Error('x')],
    ['nothing', null],
    ['undefined', undefined],
    ['text', 'CONFLICT'],
  ])('is not %s', (_, error) => {
    expect(errorCodeOf(error)).toBeUndefined();
  });
});
