import { z } from 'zod';

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
