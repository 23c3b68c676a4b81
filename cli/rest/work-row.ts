import type { Schemas } from '../../client/create-client.ts';

/** An item in a table. */
export function toRow({ id, status, phase, priority, boundary, capability, description }: Schemas['WorkItem']) {
  return { id, status, phase, priority, boundary, capability, description };
}
