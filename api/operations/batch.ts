import type { FastifyBaseLogger } from 'fastify';
import { z } from 'zod';
import { hasErrorCode } from '../../src/domain/errors.ts';
import type { WorkId } from '../../src/domain/ids.ts';
import { atOnce } from '../at-once.ts';
import { BATCH_WIDTH } from '../limits.ts';

/** What every batch answers about its items. */
export const BatchFields = {
  success: z.array(z.string()),
  failed: z.array(z.string()),
  count: z.int().min(0).meta({ description: 'How many stand in `success`.' }),
  errors: z.record(z.string(), z.string()).meta({ description: 'For each of `failed`, why.' }),
  completedAt: z.iso.datetime(),
  totalProcessed: z.int().min(0),
  successRate: z.number().min(0).max(100).meta({ description: 'In per cent; 0 when there was nothing to do.' }),
};

/** One item of a batch; without an error it went well. */
export interface ItemResult {
  readonly id: string;
  readonly error?: string;
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
    completedAt: now.toISOString(),
    totalProcessed: results.length,
    successRate: results.length === 0 ? 0 : (success.length / results.length) * 100,
  };
}

interface Each<R> {
  readonly act: (id: WorkId) => Promise<R>;
  readonly failed: (message: string) => R;
}

/** Does it to each item, a few at a time. One that throws has failed and stops no other; once the ledger is away, none is tried any more. */
export async function eachOf<R>(ids: readonly WorkId[], log: FastifyBaseLogger, { act, failed }: Each<R>): Promise<readonly R[]> {
  let away: string | undefined;
  return atOnce(ids, BATCH_WIDTH, async (id) => {
    if (away !== undefined) return failed(away);
    try {
      return await act(id);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // The others would wait as long for the same.
      if (hasErrorCode(error, 'LEDGER_UNAVAILABLE')) away = message;
      else log.error({ err: error, workId: id }, 'an item of a batch failed');
      return failed(message);
    }
  });
}
