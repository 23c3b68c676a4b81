import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { answerOf, createClient } from '../../client/create-client.ts';
import { startChild } from '../../scripts/bench/child.ts';
import type { AgentsOrder } from '../../scripts/bench/crew-orders.ts';
import { parseJournal } from '../../scripts/bench/journal.ts';
import type { JournalLine } from '../../scripts/bench/journal.ts';
import type { WorkId } from '../../src/domain/ids.ts';
import { WorkItem } from '../../src/domain/work/work-item.ts';
import type { Product } from './product.ts';

const REQUEST_TIMEOUT_MS = 15_000;
const AGAIN_MS = 250;
const BOUNDARY = 'personal';

/** Many agents that registered by themselves, in one process that outlives whatever happens to the product. */
export interface Crowd {
  readonly journal: () => readonly JournalLine[];
  readonly close: () => Promise<void>;
}

export async function startCrowd(product: Product, agents: Omit<AgentsOrder, 'journal'>): Promise<Crowd> {
  const journal = join(product.workDir, `journal-of-${agents.capability}`);
  writeFileSync(journal, '');
  const child = startChild('agents', [product.ready().nats]);
  await child.ask({ ...agents, journal } satisfies AgentsOrder, z.object({}));
  return { journal: () => parseJournal(readFileSync(journal, 'utf8')), close: child.close };
}

/** Repeats a call until it is answered, with the patience of a client that has time. */
export async function patiently<T>(call: () => Promise<T>, timeoutMs: number): Promise<T> {
  const endsAtMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (performance.now() > endsAtMs) throw error;
      await delay(AGAIN_MS);
    }
  }
}

/** Submits under one key until it is accepted. */
export async function submitPatiently(product: Product, work: { readonly taskId: string; readonly capability: string }, timeoutMs: number): Promise<WorkId> {
  const { POST } = createClient({ baseUrl: product.ready().api, timeoutMs: REQUEST_TIMEOUT_MS, retriesMax: 0 });
  const body = { boundary: BOUNDARY, description: 'at once', ...work };
  const params = { header: { 'idempotency-key': work.taskId } };
  return patiently(async () => WorkItem.parse(await answerOf(POST('/api/work', { params, body }))).id, timeoutMs);
}
