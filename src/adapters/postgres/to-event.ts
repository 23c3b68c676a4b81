import type { WeftEvent } from '../../domain/events/event.ts';
import type { Selectable } from 'kysely';
import type { Tables } from './tables.ts';
import { present } from './to-work-item.ts';

/** A row of `events` as it is published. */
export function toWeftEvent(row: Selectable<Tables['events']>): WeftEvent {
  return {
    entityType: row.entity_type,
    entityId: row.entity_id,
    seq: row.seq,
    type: row.type,
    projectId: row.project_id,
    timestamp: row.at.toISOString(),
    data: row.data,
    ...present({ position: row.position === null ? null : Number(row.position), fence: row.fence, agentGuid: row.agent_guid }),
  };
}
