import { ApiError } from '../../client/errors.ts';
import type { Session } from './session.ts';

interface BatchAnswer {
  readonly success: readonly string[];
  readonly failed: readonly string[];
  readonly errors: Readonly<Record<string, string>>;
}

/** What became of each; `outcomeOf` says it of those that went well. Throws when one failed, so that the exit code tells it. */
export function printBatch({ print }: Pick<Session, 'print'>, answer: BatchAnswer, outcomeOf: (id: string) => string = () => 'done'): void {
  const { success, failed, errors } = answer;
  print(answer, () => [
    ...success.map((id) => ({ id, outcome: outcomeOf(id), message: null })),
    ...failed.map((id) => ({ id, outcome: 'failed', message: errors[id] })),
  ]);
  failWhereOneFailed(failed.length, success.length + failed.length);
}

/** After the results were printed. */
export function failWhereOneFailed(failedCount: number, totalCount: number): void {
  if (failedCount > 0) throw new ApiError('BATCH_INCOMPLETE', `${String(failedCount)} of ${String(totalCount)} failed.`);
}
