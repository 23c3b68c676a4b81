import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { startChild } from '../child.ts';
import { Collected, medianLatency, Sent } from '../latency.ts';
import type { Bench, Measure } from '../measure.ts';

const EVENTS = 25;
// Each event has gone to everybody before the next one comes: this is about delay, not about throughput.
const EVERY_MS = 120;
const TARGET = 'bench-events';

/** From the commit of an event to its arrival at WebSocket clients, against the same text sent by a bare `ws` server. */
export const eventLatency: readonly Measure[] = [1, 100, 1000].map((clients) => ({
  id: `event-latency-${String(clients)}`,
  what: `An event from the ledger's commit to ${String(clients)} WebSocket clients (median), against bare ws`,
  unit: 'ms',
  goal: { kind: 'difference-below', limit: 5 },
  rounds: 5,
  open: (bench) => openLatency(bench, clients),
}));

async function openLatency({ stack }: Bench, clients: number): ReturnType<Measure['open']> {
  await registerTarget(stack.api);
  const writer = startChild('events', [stack.database, TARGET]);
  const bare = startChild('bare-ws');
  const listeners = startChild('listeners');
  const { url } = await bare.ask({ tokens: [], everyMs: 1 }, z.object({ url: z.string() }));
  const latency = async (sender: typeof writer, at: string): Promise<number> => {
    await listeners.ask({ kind: 'connect', url: at, clients }, z.object({}));
    const tokens = Array.from({ length: EVENTS }, () => `bench-${randomUUID()}`);
    const { sent } = await sender.ask({ tokens, everyMs: EVERY_MS }, z.object({ sent: z.array(Sent) }));
    return medianLatency(sent, await listeners.ask({ kind: 'collect', tokens }, Collected));
  };
  return {
    ours: () => latency(writer, `${stack.api.replace('http:', 'ws:')}/api/ws`),
    floor: () => latency(bare, url),
    close: async () => {
      await Promise.all([writer.close(), bare.close(), listeners.close()]);
    },
  };
}

async function registerTarget(api: string): Promise<void> {
  const target = {
    name: TARGET,
    agentType: 'claude-code',
    capabilities: ['bench-events'],
    mechanism: 'local',
    config: { mechanism: 'local', command: 'true' },
  };
  const answer = await fetch(`${api}/api/targets`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(target) });
  if (answer.status !== 201) throw new Error(`the target was not registered: ${await answer.text()}`);
}
