import type { AgentTask } from '../../domain/agents/session.ts';
import type { AgentGuid, Fence, WorkId } from '../../domain/ids.ts';
import { appendEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import type { StartPlace } from './start-place.ts';
import type { TargetRow } from './tables.ts';
import { agentSummary } from './to-session.ts';

/** An agent that is about to be started. */
export interface NewSession {
  readonly guid: AgentGuid;
  readonly target: StartPlace;
  readonly task: AgentTask;
  /** For whom; null = for no item. */
  readonly work: { readonly workId: WorkId; readonly fence: Fence; readonly attempt: number | null } | null;
  /** Idle limit where neither the target nor its project names one. */
  readonly defaultIdleTimeoutMs: number;
  /** Whatever the target says, it is never retired for being idle. */
  readonly keepsWarm?: boolean;
}

/** From now on it counts against its target, until it is verified gone. */
export async function insertSession(tx: Tx, { guid, target, task, work, defaultIdleTimeoutMs, keepsWarm = false }: NewSession): Promise<void> {
  await tx
    .insertInto('sessions')
    .values({
      guid,
      project_id: target.project_id,
      target_id: target.id,
      target_name: target.name,
      mechanism: target.mechanism,
      host_id: target.host_id,
      hostname: target.hostname,
      agent_type: target.agent_type,
      capabilities: target.capabilities,
      boundaries: target.boundaries,
      idle_timeout_ms: keepsWarm ? 0 : await idleLimitOf(tx, target, defaultIdleTimeoutMs),
      task,
      state: 'starting',
      work_id: work?.workId ?? null,
      fence: work?.fence ?? null,
    })
    .execute();
  await appendEvent(tx, {
    key: `session:${guid}:starting`,
    entityType: 'agent',
    entityId: guid,
    projectId: target.project_id,
    type: 'agent:starting',
    data: {
      agent: agentSummary({ ...target, guid }),
      targetId: target.id,
      targetName: target.name,
      mechanism: target.mechanism,
      ...(work === null ? {} : { workId: work.workId, attempt: work.attempt }),
    },
    ...(work === null ? {} : { fence: work.fence }),
    agentGuid: guid,
  });
}

async function idleLimitOf(tx: Tx, { limits, project_id: projectId }: TargetRow, defaultMs: number): Promise<number> {
  const project = await tx.selectFrom('projects').select('policy').where('id', '=', projectId).executeTakeFirst();
  return limits.idleTimeoutMs ?? project?.policy?.idleTimeoutMs ?? defaultMs;
}
