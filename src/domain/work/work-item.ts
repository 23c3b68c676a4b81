import { z } from 'zod';
import { AgentSummary } from '../agents/agent-summary.ts';
import { AgentGuid, Fence, GivenProjectId, GivenTimestamp, ProjectId, Timestamp, WorkId } from '../ids.ts';
import { AgentType, Boundary, GivenCapability } from '../targets/target.ts';
import { DEPENDENCIES_MAX, OnDependencyFailure } from './dependencies.ts';
import { Approval } from './approval.ts';
import { Question } from './question.ts';

const HOUR_MS = 3_600_000;

/** What a submitter may bound; everything has a default, so every item is bounded. */
export const WorkLimits = z
  .object({
    attemptsMax: z.int().min(1).max(20).default(3),
    /** Longest time one attempt may take, start-up included. */
    attemptTimeoutMs: z
      .int()
      .min(1000)
      .max(168 * HOUR_MS)
      .default(6 * HOUR_MS),
    /** Longest silence of the harness before the attempt counts as idle. */
    idleTimeoutMs: z
      .int()
      .min(1000)
      .max(24 * HOUR_MS)
      .default(300_000),
    /** Longest time from acceptance to settlement, waiting included. */
    totalTimeoutMs: z
      .int()
      .min(1000)
      .max(720 * HOUR_MS)
      .default(168 * HOUR_MS),
    /** May the next attempt start while the old agent is not yet verified gone? */
    overlapAllowed: z.boolean().default(false),
  })
  .meta({ id: 'WorkLimits' });
export type WorkLimits = z.infer<typeof WorkLimits>;

/** Arbitrary JSON for the agent; size is bounded by the body limit. */
export const ContextData = z.record(z.string().max(256), z.unknown()).meta({ id: 'ContextData' });

export const Priority = z.int().min(1).max(10);

/** Body of `POST /api/work`. `classification` is the older name of `boundary`; `normaliseSubmit` settles which one counts. */
export const WorkSubmit = z
  .object({
    taskId: z.string().trim().min(1).max(256).exactOptional(),
    boundary: Boundary.exactOptional(),
    classification: Boundary.exactOptional(),
    capability: GivenCapability,
    description: z.string().trim().min(1).max(65_536),
    priority: Priority.default(5),
    preferredAgentType: AgentType.exactOptional(),
    requiredAgentType: AgentType.exactOptional(),
    deadline: GivenTimestamp.exactOptional().meta({ description: 'When it must have ended: in the future, and after `notBefore`.' }),
    notBefore: GivenTimestamp.exactOptional().meta({ description: 'No attempt begins earlier.' }),
    contextData: ContextData.exactOptional(),
    limits: WorkLimits.prefault({}),
    dependsOn: z
      .array(WorkId)
      .max(DEPENDENCIES_MAX)
      .exactOptional()
      .meta({ description: 'Items of the same project; no attempt begins before all of them have ended.' }),
    onDependencyFailure: OnDependencyFailure.default('fail').meta({
      description: 'What becomes of it when one of them fails or is cancelled: it fails as well, or goes on all the same.',
    }),
    projectId: GivenProjectId.exactOptional(),
  })
  .refine((body) => (body.boundary ?? body.classification) !== undefined, {
    path: ['boundary'],
    message: 'boundary is required (classification is required when its newer name boundary is not given)',
    // Also when other fields are wrong: every problem is named at once.
    when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value),
  })
  .meta({ id: 'WorkSubmit' });
export type WorkSubmit = z.infer<typeof WorkSubmit>;

/** What the outside sees; the finer `phase` stands beside it. */
export const WorkStatus = z.enum(['pending', 'assigned', 'in-progress', 'completed', 'failed', 'cancelled']).meta({ id: 'WorkStatus' });
export type WorkStatus = z.infer<typeof WorkStatus>;

/**
 * accepted: committed, to be admitted by its workflow · waiting: in the queue · starting: slot taken, agent not yet told ·
 * leased: agent told · working: agent claimed or reported ·
 * completed, dead-lettered, cancelled: settled.
 */
export const WorkPhase = z.enum(['accepted', 'waiting', 'starting', 'leased', 'working', 'completed', 'dead-lettered', 'cancelled']).meta({ id: 'WorkPhase' });
export type WorkPhase = z.infer<typeof WorkPhase>;

export const WorkResult = z.object({
  summary: z.string().max(16_384).exactOptional(),
  output: z.record(z.string(), z.unknown()).exactOptional(),
  artifacts: z.array(z.string().max(4096)).max(1000).exactOptional(),
  completedAt: Timestamp,
});
export type WorkResult = z.infer<typeof WorkResult>;

export const WorkFailure = z.object({
  message: z.string().max(16_384),
  code: z.string().max(64).exactOptional().meta({ description: 'The class of the failure (`DeadLetterClass`); the lists filter by it as `failureClass`.' }),
  recoverable: z.boolean(),
  occurredAt: Timestamp,
});
export type WorkFailure = z.infer<typeof WorkFailure>;

export const WorkItem = z
  .object({
    id: WorkId,
    taskId: z.string(),
    projectId: ProjectId,
    capability: z.string(),
    description: z.string(),
    boundary: z.string(),
    priority: Priority,
    status: WorkStatus,
    phase: WorkPhase,
    /** Why the item is in this phase, in a sentence ("waiting: every target for "build" is at its limit"). */
    reason: z.string().exactOptional(),
    position: z.int().min(1).exactOptional().meta({
      description:
        'Where it stands among the items of its project that wait for a slot, 1 = the next; by priority with age, and in turn with other submitters. Counted when one item is looked at, at most once a second, up to 10,000.',
    }),
    offeredBy: z.string(),
    submitter: z
      .string()
      .meta({ description: "Under whose name it was submitted: the token's, or everybody's without tokens. Its turns and limits are counted by it." }),
    offeredAt: Timestamp,
    updatedAt: Timestamp,
    attempts: z.int().min(0).meta({ description: 'Since it was submitted, or last driven again.' }),
    attemptsTotal: z.int().min(0).meta({ description: 'Those before it was driven again included.' }),
    retries: z.int().min(0).meta({ description: 'How often it was driven again after it had failed.' }),
    fence: Fence,
    deadline: Timestamp.exactOptional(),
    notBefore: Timestamp.exactOptional().meta({ description: 'No attempt begins earlier.' }),
    contextData: ContextData.exactOptional(),
    preferredAgentType: AgentType.exactOptional(),
    requiredAgentType: AgentType.exactOptional(),
    limits: WorkLimits,
    dependsOn: z.array(WorkId).max(DEPENDENCIES_MAX).exactOptional(),
    onDependencyFailure: OnDependencyFailure.exactOptional(),
    waitsFor: z.array(WorkId).max(DEPENDENCIES_MAX).exactOptional().meta({ description: 'Those of `dependsOn` that have not ended.' }),
    cancelRequestedAt: Timestamp.exactOptional(),
    assignedTo: AgentGuid.exactOptional(),
    assignedToAgent: AgentSummary.exactOptional(),
    assignedAt: Timestamp.exactOptional(),
    progress: z.number().min(0).max(100).exactOptional(),
    progressMessage: z.string().exactOptional(),
    question: Question.exactOptional(),
    approval: Approval.exactOptional(),
    result: WorkResult.exactOptional(),
    error: WorkFailure.exactOptional(),
    workflowId: z.string(),
  })
  .meta({ id: 'WorkItem' });
export type WorkItem = z.infer<typeof WorkItem>;

export const SETTLED_PHASES = ['completed', 'dead-lettered', 'cancelled'] as const satisfies readonly WorkPhase[];

/** True when nothing will happen to the item any more unless somebody re-drives it. */
export function isSettled(phase: WorkPhase): boolean {
  return (SETTLED_PHASES as readonly WorkPhase[]).includes(phase);
}
