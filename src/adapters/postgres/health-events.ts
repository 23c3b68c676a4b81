import type { Target } from '../../domain/targets/target.ts';
import type { TargetRow } from './tables.ts';
import type { TargetEvent } from './target-change.ts';

export interface Health {
  readonly status: Target['healthStatus'];
  readonly error: string | null;
}

/** Only a change is an event; `row` is the row before it. */
export function healthEvents(row: TargetRow, { status, error }: Health): readonly TargetEvent[] {
  if (row.health_status === status) return [];
  return [{ type: 'target:health-changed', data: { previousHealth: row.health_status, newHealth: status, ...(error === null ? {} : { error }) } }];
}
