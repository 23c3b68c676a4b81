// Many light agents in one process. Argument: the NATS server.
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { connectNatsBus } from '../../../agent/nats-bus.ts';
import { parseNatsServers } from '../../../src/domain/nats-servers.ts';
import { AgentsOrder } from '../crew-orders.ts';
import { writeJournalLine } from '../journal.ts';
import { epochMs } from '../latency.ts';
import { LightAgent } from '../light-agent.ts';
import { runnerConfig } from '../runner-config.ts';

const CONNECT_TIMEOUT_MS = 10_000;

const parsed = parseNatsServers({ NATS_URL: process.argv[2] });
if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
const bus = await connectNatsBus(parsed.servers, 'bench agents', CONNECT_TIMEOUT_MS);

process.on('message', (message) => {
  const { count, capability, workMs, journal } = AgentsOrder.parse(message);
  for (let n = 0; n < count; n++) {
    new LightAgent({
      config: runnerConfig({ guid: randomUUID(), capability }),
      bus,
      workMs,
      note: (what, { workId, fence }) => {
        appendFileSync(journal, writeJournalLine({ atMs: epochMs(), what, workId, fence }));
      },
    });
  }
  process.send?.({});
});
