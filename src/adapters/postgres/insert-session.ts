import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { AgentTask } from '../../domain/agents/session.ts';
import type { AgentGuid, Fence, WorkId } from '../../domain/ids.ts';
import { appendMarked } from './append-events.ts';
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
  const { id: targetId, name: targetName, project_id: projectId, mechanism } = target;
  const idleTimeoutMs = keepsWarm ? sql`0` : idleLimitOf(target, defaultIdleTimeoutMs);
  const created = sql`
    INSERT INTO sessions (guid, project_id, target_id, target_name, mechanism, host_id, hostname, agent_type, capabilities, boundaries,
      idle_timeout_ms, task, state, work_id, fence, event_seq)
    VALUES (${guid}, ${projectId}, ${targetId}, ${targetName}, ${mechanism}, ${target.host_id}, ${target.hostname}, ${target.agent_type},
      ${target.capabilities}, ${target.boundaries}, ${idleTimeoutMs}, ${task}, 'starting', ${work?.workId ?? null}, ${work?.fence ?? null}, 1)
    RETURNING guid AS entity_id, event_seq`;
  const whose = work === null ? {} : { workId: work.workId, attempt: work.attempt };
  const starting = {
    key: `session:${guid}:starting`,
    entityType: 'agent',
    entityId: guid,
    projectId,
    type: 'agent:starting',
    data: { agent: agentSummary({ ...target, guid }), targetId, targetName, mechanism, ...whose },
    ...(work === null ? {} : { fence: work.fence }),
    agentGuid: guid,
    before: 0,
  } as const;
  await appendMarked(tx, created, [starting]);
}

function idleLimitOf({ limits, project_id: projectId }: TargetRow, defaultMs: number): RawBuilder<number> {
  return sql`coalesce(${limits.idleTimeoutMs ?? null}::integer, (SELECT (policy ->> 'idleTimeoutMs')::integer FROM projects WHERE id = ${projectId}), ${defaultMs}::integer)`;
}
