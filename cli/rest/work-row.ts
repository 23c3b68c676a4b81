import type { Schemas } from '../../client/create-client.ts';

/** An item in a table. */
export function toRow({ id, status, phase, priority, boundary, capability, submitter, description }: Schemas['WorkItem']) {
  return { id, status, phase, priority, boundary, capability, submitter, description };
}
