import { readRegistryRecord } from '../../../src/domain/agents/registry-record.ts';
import { sight, sightGone } from '../../../src/domain/agents/sighting.ts';
import type { Sighting } from '../../../src/domain/agents/sighting.ts';

let revision = 0;

/** An entry of the registry, as an agent that speaks our protocol writes it. */
export function foreignSighting(guid: string, entry: object = {}): Sighting {
  revision += 1;
  const storedAtMs = Date.now() + revision;
  const value = JSON.stringify({
    protocol: 'weft.v1',
    capabilities: ['build'],
    metadata: { boundaries: ['open-source'] },
    projectId: 'default',
    ...entry,
  });
  const record = readRegistryRecord({ key: guid, value, storedAtMs, revision }, { defaultProjectId: 'default' });
  if (record === null) throw new Error('no entry');
  return 'gone' in entry ? sightGone(record, 'removed') : sight(record, storedAtMs);
}
