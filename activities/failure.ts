import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { errorCodeOf, ERRORS } from '../src/domain/errors.ts';

type Activity = (...args: never[]) => Promise<unknown>;

/** The same activities, with every `WeftError` turned into an `ApplicationFailure` whose type is its stable code. */
export function withFailures<T extends Record<keyof T, Activity>>(activities: T): T {
  const wrapped = Object.entries<Activity>(activities).map(([name, activity]) => [
    name,
    async (...args: never[]): Promise<unknown> => {
      try {
        return await activity(...args);
      } catch (error) {
        throw toFailure(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T; // the same keys with functions of the same types
}

function toFailure(error: unknown): unknown {
  if (error instanceof CancelledFailure) return error;
  const code = errorCodeOf(error);
  if (code === undefined || !(error instanceof Error)) return error;
  return ApplicationFailure.create({ type: code, message: error.message, nonRetryable: !ERRORS[code].retryable, cause: error });
}
