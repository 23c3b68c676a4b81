// Writes events into the ledger, one after the other, and says when each was committed.
import { setTimeout as delay } from 'node:timers/promises';
import { createLedger } from '../../../src/adapters/postgres/index.ts';
import { defaultPolicy } from '../../../src/domain/policy/project-policy.ts';
import { epochMs, SendOrder } from '../latency.ts';
import type { Sent } from '../latency.ts';

const [, , databaseUrl = '', target = ''] = process.argv;
const AUTHOR = { name: 'bench', requestId: 'bench' };
const { targets } = createLedger({ databaseUrl, poolMax: 2, defaultPolicy: defaultPolicy(20), defaultIdleTimeoutMs: 300_000 });
const ref = { idOrName: target, first: 'default', projects: 'all' } as const;

process.on('message', (message) => {
  void write(SendOrder.parse(message)).then((sent) => process.send?.({ sent }));
});

async function write({ tokens, everyMs }: SendOrder): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  for (const token of tokens) {
    await targets.disable(ref, token, AUTHOR);
    sent.push({ token, atMs: epochMs() });
    await delay(everyMs / 2);
    await targets.enable(ref, AUTHOR);
    await delay(everyMs / 2);
  }
  return sent;
}
