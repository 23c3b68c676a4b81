import { readRegistryRecord } from '../../src/domain/agents/registry-record.ts';
import type { RegistryRecord } from '../../src/domain/agents/registry-record.ts';
import type { ApiDeps } from '../../api/deps.ts';

/** Stands where the watched bucket stands: what is put is there at once. */
export function registryInMemory() {
  const records = new Map<string, RegistryRecord>();
  const port: ApiDeps['registry'] = {
    list: () => [...records.values()].sort((a, b) => (a.agent.guid < b.agent.guid ? -1 : 1)),
    find: (guid) => records.get(guid) ?? null,
    whenRead: () => Promise.resolve(true),
    nowMs: () => Date.now(),
  };
  return {
    port,
    put: (key: string, entry: object, storedAtMs = Date.now()): void => {
      const record = readRegistryRecord({ key, value: JSON.stringify(entry), storedAtMs, revision: 1 }, { defaultProjectId: 'default' });
      if (record !== null) records.set(key, record);
    },
    clear: (): void => {
      records.clear();
    },
  };
}
