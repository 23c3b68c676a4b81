import { z } from 'zod';
import { AgentGuid, ProjectId, TargetId, Timestamp } from '../ids.ts';

export const SpinUpId = z.uuid().meta({ id: 'SpinUpId', description: 'Id of a spin-up operation, given by the server.' });
export type SpinUpId = z.infer<typeof SpinUpId>;

/** pending: waits for room on the target · in-progress: the agent is being started · success: it has registered. */
export const SpinUpStatus = z.enum(['pending', 'in-progress', 'success', 'failed', 'timeout']);
export type SpinUpStatus = z.infer<typeof SpinUpStatus>;

const MechanismResult = z.object({ pid: z.int().min(1).exactOptional() });

const SpinUpResult = z.object({
  success: z.boolean(),
  targetId: TargetId,
  targetName: z.string(),
  error: z.string().exactOptional(),
  mechanismResult: MechanismResult.exactOptional(),
  timestamp: Timestamp,
});

/** One start of an agent that somebody asked for, without a work item. */
export const TrackedSpinUp = z
  .object({
    id: SpinUpId,
    projectId: ProjectId,
    targetId: TargetId,
    targetName: z.string(),
    request: z.object({
      target: z.string().meta({ description: "The target's name." }),
      capability: z.string(),
      requestedAt: Timestamp,
      requestedBy: z.string(),
    }),
    status: SpinUpStatus,
    reason: z.string().exactOptional().meta({ description: 'Why it still waits.' }),
    agentGuid: AgentGuid.exactOptional(),
    result: SpinUpResult.exactOptional(),
    error: z.string().exactOptional(),
    startedAt: Timestamp,
    completedAt: Timestamp.exactOptional(),
    timeoutAt: Timestamp.meta({ description: 'It ends then at the latest: while it waits, for want of room; once started, unless its agent registers.' }),
  })
  .meta({ id: 'TrackedSpinUp' });
export type TrackedSpinUp = z.infer<typeof TrackedSpinUp>;

/** What the original recorded, and what clients look for. */
export const TIMEOUT_MESSAGE = 'Timeout';
