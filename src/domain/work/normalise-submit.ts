import type { ProjectId, WorkId } from '../ids.ts';
import type { WorkItem, WorkSubmit } from './work-item.ts';

/** A submitted item with every default filled in, ready to be written. */
export type NewWorkItem = Pick<
  WorkItem,
  | 'id'
  | 'taskId'
  | 'projectId'
  | 'capability'
  | 'description'
  | 'boundary'
  | 'priority'
  | 'limits'
  | 'offeredBy'
  | 'deadline'
  | 'notBefore'
  | 'contextData'
  | 'preferredAgentType'
  | 'requiredAgentType'
  | 'dependsOn'
  | 'onDependencyFailure'
>;

/** Settles the aliases and defaults of a parsed body: `boundary` wins over `classification`, a missing `taskId` becomes the id. */
export function normaliseSubmit(body: WorkSubmit, given: { id: WorkId; projectId: ProjectId }): NewWorkItem {
  const { classification, boundary, taskId, projectId, dependsOn = [], onDependencyFailure, ...rest } = body;
  const others = [...new Set(dependsOn.map((id) => id.toLowerCase()))];
  return {
    ...rest,
    id: given.id,
    taskId: taskId ?? given.id,
    projectId: projectId ?? given.projectId,
    // The schema refuses a body that has neither.
    boundary: boundary ?? classification ?? '',
    offeredBy: 'coordinator',
    ...(others.length === 0 ? {} : { dependsOn: others, onDependencyFailure }),
  };
}
