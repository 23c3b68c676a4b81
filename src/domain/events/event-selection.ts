import type { ProjectId } from '../ids.ts';
import type { EntityType, EventName, WeftEvent } from './event.ts';

/** Which events a reader may and wants to see, in words that the ledger understands. */
export interface EventSelection {
  readonly projects: readonly ProjectId[] | 'all';
  readonly types?: readonly EventName[];
  readonly entity?: { readonly type: EntityType; readonly id: string };
}

/** True when the selection includes the event; says the same as the ledger's reading by it. */
export function isSelected({ projects, types, entity }: EventSelection, event: WeftEvent): boolean {
  if (projects !== 'all' && !projects.includes(event.projectId)) return false;
  if (types !== undefined && !types.includes(event.type)) return false;
  return entity === undefined || (entity.type === event.entityType && entity.id === event.entityId);
}
