import type { FastifyBaseLogger } from 'fastify';
import { z } from 'zod';
import { errorCodeOf, hasErrorCode, WeftError } from '../../src/domain/errors.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { WorkId } from '../../src/domain/ids.ts';
import { atOnce } from '../at-once.ts';
import { BATCH_TELLING_END_MS, BATCH_WIDTH, BATCH_WRITING_BUDGET_MS } from '../limits.ts';

/** What every batch answers about its items. */
export const BatchFields = {
  success: z.array(z.string()),
  failed: z.array(z.string()),
  count: z.int().min(0).meta({ description: 'How many stand in `success`.' }),
  errors: z.record(z.string(), z.string()).meta({ description: 'For each of `failed`, why.' }),
  errorCodes: z.record(z.string(), z.string()).meta({
    description: 'For those of `failed` that an error of the API stands for, its code. `OUT_OF_TIME`: nothing was done yet; the same call again goes on.',
  }),
  completedAt: z.iso.datetime(),
  totalProcessed: z.int().min(0),
  successRate: z.number().min(0).max(100).meta({ description: 'In per cent; 0 when there was nothing to do.' }),
};

/** One item of a batch; without an error it went well. */
export interface ItemResult {
  readonly id: string;
  readonly error?: string;
  readonly code?: ErrorCode;
}

/** The common fields of a batch's answer, with the ids in the order of the request. */
export function toBatchFields(results: readonly ItemResult[], now: Date) {
  const success = results.filter(({ error }) => error === undefined).map(({ id }) => id);
  const failures = results.flatMap(({ id, error }): [string, string][] => (error === undefined ? [] : [[id, error]]));
  return {
    success,
    failed: failures.map(([id]) => id),
    count: success.length,
    errors: Object.fromEntries(failures),
    errorCodes: Object.fromEntries(results.flatMap(({ id, code }) => (code === undefined ? [] : [[id, code]]))),
    completedAt: now.toISOString(),
    totalProcessed: results.length,
    successRate: results.length === 0 ? 0 : (success.length / results.length) * 100,
  };
}

interface Each<R> {
  readonly act: (id: WorkId) => Promise<R>;
  readonly failed: (message: string, code: ErrorCode) => R;
  readonly time: BatchTime;
}

/** How long one request goes on with its batch. */
export interface BatchTime {
  readonly mayWrite: () => boolean;
  readonly tellUntilMs: number;
}

/** Beside the batch itself; without a time it has that of a request. */
export interface BatchContext {
  readonly log: FastifyBaseLogger;
  readonly time?: BatchTime;
}

/** From now on. */
export function timeOfBatch(writingMs = BATCH_WRITING_BUDGET_MS): BatchTime {
  const beganAtMs = performance.now();
  return { mayWrite: () => performance.now() < beganAtMs + writingMs, tellUntilMs: beganAtMs + BATCH_TELLING_END_MS };
}

export function outOfTime(): WeftError {
  return new WeftError('OUT_OF_TIME', 'The time of the request was over before it came to this; nothing was done. The same request again goes on.');
}

/**
 * Does it to each item, a few at a time. One that throws has failed and stops no other; once the ledger is away, or the time is
 * over, none is tried any more.
 */
export async function eachOf<R>(ids: readonly WorkId[], log: FastifyBaseLogger, { act, failed, time }: Each<R>): Promise<readonly R[]> {
  let away: string | undefined;
  return atOnce(ids, BATCH_WIDTH, async (id) => {
    if (away !== undefined) return failed(away, 'LEDGER_UNAVAILABLE');
    if (!time.mayWrite()) return failed(outOfTime().message, 'OUT_OF_TIME');
    try {
      return await act(id);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // The others would wait as long for the same.
      if (hasErrorCode(error, 'LEDGER_UNAVAILABLE')) away = message;
      else log.error({ err: error, workId: id }, 'an item of a batch failed');
      return failed(message, errorCodeOf(error) ?? 'INTERNAL');
    }
  });
}
