import type { RegistryRecord } from '../../src/domain/agents/registry-record.ts';
import type { ApiDeps } from '../../api/deps.ts';
import { recordOf } from '../support/registry-record.ts';

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
      records.set(key, recordOf(key, entry, { storedAtMs }));
    },
    clear: (): void => {
      records.clear();
    },
  };
}
