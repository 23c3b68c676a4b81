import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { PENDING_APPROVAL, toApproval } from './approval-shown.ts';
import type { PendingApproval } from './approval-shown.ts';
import { OPEN_QUESTION, toQuestion } from './open-question.ts';
import type { OpenQuestion } from './open-question.ts';
import { namedAgent, toAgentSummary } from './named-agent.ts';
import type { NamedAgent } from './named-agent.ts';
import type { WorkItemRow } from './tables.ts';
import { toWorkStatus } from '../../domain/work/to-work-status.ts';
import type { Dependency } from '../../domain/work/dependencies.ts';
import type { WorkId } from '../../domain/ids.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import type { WorkItem } from '../../domain/work/work-item.ts';

/** The columns of the row itself that `toWorkItem` needs. */
export const OWN_COLUMNS = [
  'id',
  'task_id',
  'project_id',
  'capability',
  'description',
  'boundary',
  'priority',
  'phase',
  'reason',
  'offered_by',
  'submitter',
  'offered_at',
  'updated_at',
  'attempts',
  'attempts_before',
  'retries',
  'fence',
  'deadline',
  'not_before',
  'context_data',
  'preferred_agent_type',
  'required_agent_type',
  'limits',
  'cancel_requested_at',
  'assigned_to',
  'assigned_at',
  'approval',
  'progress',
  'progress_message',
  'result',
  'error',
  'on_dependency_failure',
] as const satisfies readonly (keyof WorkItemRow)[];

/** What `toWorkItem` needs of a row of `work_items`, which must stand in the query under its own name. */
export const WORK_ITEM_COLUMNS = [
  ...OWN_COLUMNS,
  namedAgent(sql.ref('work_items.assigned_to')).as('agent'),
  OPEN_QUESTION.as('question'),
  PENDING_APPROVAL.as('pending_approval'),
  dependencies().as('dependencies'),
] as const;

// Looked up only for items that have some.
function dependencies(): RawBuilder<readonly Dependency[] | null> {
  return sql`CASE WHEN work_items.on_dependency_failure IS NOT NULL THEN (
    SELECT jsonb_agg(jsonb_build_object('id', d.depends_on_id, 'outcome', d.outcome) ORDER BY d.depends_on_id)
    FROM work_dependencies d WHERE d.work_id = work_items.id) END`;
}

type ItemRow = Pick<WorkItemRow, (typeof OWN_COLUMNS)[number]> & {
  readonly agent: NamedAgent | null;
  readonly question: OpenQuestion | null;
  readonly pending_approval: PendingApproval | null;
  readonly dependencies: readonly Dependency[] | null;
};

/** A row as the outside sees it. */
export function toWorkItem(row: ItemRow): WorkItem {
  return {
    id: row.id,
    taskId: row.task_id,
    projectId: row.project_id,
    capability: row.capability,
    description: row.description,
    boundary: row.boundary,
    priority: row.priority,
    status: toWorkStatus(row.phase),
    phase: row.phase,
    offeredBy: row.offered_by,
    submitter: row.submitter,
    offeredAt: row.offered_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    attempts: row.attempts,
    attemptsTotal: row.attempts_before + row.attempts,
    retries: row.retries,
    fence: row.fence,
    limits: row.limits,
    workflowId: `work-${row.id}`,
    ...present({
      reason: row.reason,
      deadline: row.deadline?.toISOString(),
      notBefore: row.not_before?.toISOString(),
      contextData: row.context_data,
      preferredAgentType: row.preferred_agent_type,
      requiredAgentType: row.required_agent_type,
      cancelRequestedAt: row.cancel_requested_at?.toISOString(),
      assignedTo: row.assigned_to,
      assignedToAgent: row.agent === null ? null : toAgentSummary(row.agent),
      assignedAt: row.assigned_at?.toISOString(),
      progress: row.phase === 'completed' ? 100 : row.progress,
      progressMessage: row.progress_message,
      question: row.question === null ? null : toQuestion(row.question),
      approval: toApproval(row),
      result: row.result,
      error: row.error,
      onDependencyFailure: row.on_dependency_failure,
      dependsOn: row.dependencies?.map(({ id }) => id),
      waitsFor: openOf(row),
    }),
  };
}

function openOf({ phase, dependencies: all }: ItemRow): WorkId[] | null {
  const open = isSettled(phase) ? [] : (all ?? []).filter(({ outcome }) => outcome === null);
  return open.length === 0 ? null : open.map(({ id }) => id);
}

type Present<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** The fields that have a value; SQL says null where our schemas leave a field out. */
export function present<T extends Record<string, unknown>>(fields: T): Present<T> {
  const kept: Record<string, unknown> = {};
  for (const name in fields) if (fields[name] !== null && fields[name] !== undefined) kept[name] = fields[name];
  return kept as Present<T>; // chosen above
}
