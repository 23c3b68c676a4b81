import { z } from 'zod';
import { AgentGuid, Fence, ProjectId, WorkId } from '../ids.ts';
import { ANSWER_CHARS_MAX, QuestionId } from '../work/question.ts';
import { ContextData } from '../work/work-item.ts';
import { StopGraceMs } from './stop-grace.ts';

/** A work item as an agent gets it: what to do, under which fence, and the token that authenticates its reports. */
export const Assignment = z.object({
  workId: WorkId,
  projectId: ProjectId,
  guid: AgentGuid,
  fence: Fence,
  runToken: z.string().min(1).max(256),
  attempt: z.int().min(1),
  taskId: z.string(),
  capability: z.string(),
  boundary: z.string(),
  description: z.string(),
  contextData: ContextData.exactOptional(),
});
export type Assignment = z.infer<typeof Assignment>;

const OnFence = z.object({ workId: WorkId, fence: Fence });

/**
 * What we may tell an agent, by request/reply on `weft.v1.<project>.agent.<guid>.<name>`; each answers with `CommandReply`.
 * assign: take this (repeated for the same fence: same answer) · status: say how you are · answer: a person's answer to your
 * question, null = nobody answered in time (repeated: same answer) · cancel: stop the harness with its
 * process group, then stay free · settled: forget the fence, stop resending · drain: take nothing new · shutdown: stop and leave; the harness has
 * `graceMs` to end, or the runner's own time.
 */
export const AgentCommand = z.discriminatedUnion('name', [
  z.object({ name: z.literal('assign'), assignment: Assignment }),
  z.object({ name: z.literal('status') }),
  z.object({ name: z.literal('answer'), ...OnFence.shape, questionId: QuestionId, answer: z.string().max(ANSWER_CHARS_MAX).nullable() }),
  z.object({ name: z.literal('cancel'), ...OnFence.shape }),
  z.object({ name: z.literal('settled'), ...OnFence.shape }),
  z.object({ name: z.literal('drain') }),
  z.object({ name: z.literal('shutdown'), reason: z.string().max(256), graceMs: StopGraceMs.exactOptional() }),
]);
export type AgentCommand = z.infer<typeof AgentCommand>;
export type AgentCommandName = AgentCommand['name'];

/** An agent's answer: whether it does as told, and always its own word about itself. */
export const CommandReply = z.object({
  accepted: z.boolean(),
  /**
   * Why not, when not accepted: `busy`, `draining`, `not-working-on-it`, `malformed`; to `status`: `starting`, or why the target's
   * command could not be started.
   */
  reason: z.string().max(256).exactOptional(),
  state: z.enum(['free', 'working', 'finished-unsettled']),
  workId: WorkId.exactOptional(),
  fence: Fence.exactOptional(),
  idleForMs: z.int().min(0),
});
export type CommandReply = z.infer<typeof CommandReply>;

/** A bridge's answer on `BRIDGE_STATUS_SUBJECT`. */
export const BridgeStatus = z.object({
  /** Since NATS and the report consumer have been connected without a break. */
  connectedForMs: z.int().min(0),
  /** Reports in the stream that no bridge has acknowledged yet. */
  reportsPending: z.int().min(0),
});
export type BridgeStatus = z.infer<typeof BridgeStatus>;
