import type { ProjectId } from '../../domain/ids.ts';
import type { QueueEntry } from '../../domain/scheduling/snapshot.ts';
import type { Needs } from '../../domain/work/classify.ts';

/** The item as the next round would find it in the queue. */
export function toEntry(
  item: { id: string; projectId: ProjectId; priority: number },
  { needs, submitter, enqueuedAtMs }: { needs: Needs; submitter: string; enqueuedAtMs: number },
): QueueEntry {
  return {
    workId: item.id,
    projectId: item.projectId,
    needs,
    submitter,
    priority: item.priority,
    enqueuedAtMs,
    lastGrantAtMs: null,
    notBeforeMs: 0,
    waitsForOldAgent: false,
    failedTargetIds: [],
  };
}
