import { expect, test } from '@jest/globals';
import { badRequest, toErrorReply } from '../../api/errors.ts';
import { ERRORS, WeftError } from '../../src/domain/errors.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';

test.each(Object.keys(ERRORS) as ErrorCode[])('%s leaves with the status of the table and a sentence', (code) => {
  const { status, body } = toErrorReply(new WeftError(code, 'Something is so.', { details: { workId: 'w' } }), 'r-1');

  expect(status).toBe(ERRORS[code].status);
  expect(body).toEqual({ error: 'Something is so.', message: 'Something is so.', code, details: { workId: 'w' }, requestId: 'r-1' });
});

test.each([
  ['a bug', new TypeError('cannot read password=hunter2')],
  ['a refusal of the database driver', Object.assign(new Error('row (secret)'), { code: '23505' })],
  ['something that is no error', 'secret'],
  ['nothing', undefined],
])('%s says nothing of itself', (_what, error) => {
  const { status, body } = toErrorReply(error, 'r-1');

  expect(status).toBe(500);
  expect(body).toEqual({
    error: 'An unexpected failure; the log has the request id.',
    message: 'An unexpected failure; the log has the request id.',
    code: 'INTERNAL',
    requestId: 'r-1',
  });
});

test.each([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 413, 'BODY_TOO_LARGE'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 400, 'BAD_REQUEST'],
  ['FST_ERR_BAD_URL', 400, 'BAD_REQUEST'],
])('the HTTP layer’s %s becomes %s %s', (code, status, ours) => {
  expect(toErrorReply(Object.assign(new Error('x'), { code, statusCode: 400 }), 'r')).toMatchObject({ status, body: { code: ours } });
});

test('every problem of a request is in the details, the first one in the sentence', () => {
  const problems = [
    { field: '/body/priority', message: 'is too small', code: 'too_small' },
    { field: '/body/name', message: 'is required', code: 'invalid_type' },
  ];

  const { body } = toErrorReply(badRequest(problems), 'r');

  expect(body.message).toBe('The request is not valid: /body/priority: is too small (and 1 more).');
  expect(body.details).toEqual({ validationErrors: problems });
});

test('an error body stays small, however much is wrong', () => {
  const problems = Array.from({ length: 10_000 }, () => ({ field: '/'.repeat(5000), message: 'm'.repeat(5000), code: 'c' }));

  expect(JSON.stringify(toErrorReply(badRequest(problems), 'r').body).length).toBeLessThan(100_000);
});
