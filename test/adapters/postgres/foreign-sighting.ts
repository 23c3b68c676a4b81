import { sight, sightGone } from '../../../src/domain/agents/sighting.ts';
import type { Sighting } from '../../../src/domain/agents/sighting.ts';
import { recordOf } from '../../support/registry-record.ts';

let revision = 0;

/** An entry of the registry, as an agent that speaks our protocol writes it. */
export function foreignSighting(guid: string, entry: object = {}): Sighting {
  revision += 1;
  const storedAtMs = Date.now() + revision;
  const fields = { protocol: 'weft.v1', capabilities: ['build'], metadata: { boundaries: ['open-source'] }, projectId: 'default', ...entry };
  const record = recordOf(guid, fields, { storedAtMs, revision });
  return 'gone' in entry ? sightGone(record, 'removed') : sight(record, storedAtMs);
}
