import { readRegistryRecord } from '../../src/domain/agents/registry-record.ts';
import type { RegistryRecord } from '../../src/domain/agents/registry-record.ts';

/** What is read of an entry that has these fields beside the least that makes it one of an agent. */
export function recordOf(guid: string, fields: object = {}, { storedAtMs = Date.now(), revision = 1 } = {}): RegistryRecord {
  const value = JSON.stringify({ handle: guid, status: 'online', ...fields });
  const record = readRegistryRecord({ key: guid, value, storedAtMs, revision }, { defaultProjectId: 'default' });
  if (record === null) throw new Error(`This is no entry of an agent: ${value}`);
  return record;
}
