import { describe, expect, test } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { CompleteAsyncError } from '@temporalio/activity';
import { withFailures } from '../../activities/failure.ts';
import { ERRORS, WeftError } from '../../src/domain/errors.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';

function thrownFor(error: unknown): Promise<unknown> {
  const { act } = withFailures({
    act: async (): Promise<never> => {
      throw error;
    },
  });
  return act().catch((thrown: unknown) => thrown);
}

describe('what an activity throws', () => {
  test.each(Object.keys(ERRORS) as ErrorCode[])('%s keeps its code as type, and is tried again only when that can help', async (code) => {
    const error = new WeftError(code, 'it went wrong');

    const failure = await thrownFor(error);

    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: code, message: 'it went wrong', nonRetryable: !ERRORS[code].retryable, cause: error });
  });

  test('is left alone when it means something to Temporal', async () => {
    const cancelled = new CancelledFailure('cancelled');
    const open = new CompleteAsyncError();

    expect(await thrownFor(cancelled)).toBe(cancelled);
    expect(await thrownFor(open)).toBe(open);
  });

  test('is left alone when it has no code of ours', async () => {
    const foreign = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

    expect(await thrownFor(foreign)).toBe(foreign);
    expect(await thrownFor('a word')).toBe('a word');
  });

  test('is nothing when it succeeds, and the arguments arrive', async () => {
    const { add } = withFailures({ add: async (a: number, b: number) => a + b });

    await expect(add(1, 2)).resolves.toBe(3);
  });
});
