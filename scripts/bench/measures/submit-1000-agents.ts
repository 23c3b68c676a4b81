import { randomUUID } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { KV } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { RUNNER_PROTOCOL } from '../../../src/domain/agents/registry-entry.ts';
import type { RegistryEntry } from '../../../src/domain/agents/registry-entry.ts';
import { REGISTRY_BUCKET } from '../../../src/domain/subjects.ts';
import type { Bench, Measure } from '../measure.ts';
import { untilStill } from '../quiet.ts';
import { submitRate } from './submit.ts';

const AGENTS = 1000;

export const submitWithAgents: Measure = {
  id: 'submit-1000-agents',
  what: 'POST /api/work with 1,000 registered agents against the same with 1',
  unit: 'items/s',
  goal: { kind: 'ratio-at-least', limit: 0.9 },
  rounds: 7,
  open: async (bench: Bench) => {
    const connection = await connect({ servers: [bench.stack.nats] });
    const registry = await new Kvm(jetstream(connection)).create(REGISTRY_BUCKET, { history: 1 });
    const guids = Array.from({ length: AGENTS }, () => randomUUID());
    return {
      ours: async () => {
        await register(registry, guids);
        await untilStill(bench.stack.database);
        return submitRate(bench);
      },
      floor: async () => {
        await register(registry, guids.slice(0, 1));
        await Promise.all(guids.slice(1).map((guid) => registry.purge(guid)));
        await untilStill(bench.stack.database);
        return submitRate(bench);
      },
      close: () => connection.close(),
    };
  },
};

async function register(registry: KV, guids: readonly string[]): Promise<void> {
  await Promise.all(guids.map((guid) => registry.put(guid, JSON.stringify(entryOf(guid)))));
}

function entryOf(guid: string): RegistryEntry {
  const now = new Date().toISOString();
  return {
    guid,
    handle: `bench-${guid.slice(0, 8)}`,
    agentType: 'claude-code',
    hostname: 'bench',
    projectId: 'default',
    // Not the one that is submitted: the items wait, as in the other measures.
    capabilities: ['other'],
    visibility: 'project-only',
    scope: 'team',
    maxConcurrentTasks: 1,
    spindownAfterIdleMs: 600_000,
    status: 'online',
    currentTaskCount: 0,
    registeredAt: now,
    lastHeartbeat: now,
    lastActivity: now,
    protocol: RUNNER_PROTOCOL,
    metadata: { agentType: 'claude-code', boundaries: ['personal'] },
  };
}
