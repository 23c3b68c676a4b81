import { z } from 'zod';
import { WorkResult } from './work-item.ts';

/**
 * Why an attempt did not complete; each class has its own retry rule (`retry-rules.ts`).
 * recoverable / fatal: the agent's own word · spin-up: no agent could be started or it never registered · lost: the runner is
 * silent · idle: the harness is silent · timeout: the attempt took too long · capacity: the target had no room for another agent ·
 * interrupted: we stopped the agent ourselves.
 */
export const FailureClass = z.enum(['recoverable', 'fatal', 'spin-up', 'lost', 'idle', 'timeout', 'capacity', 'interrupted']);
export type FailureClass = z.infer<typeof FailureClass>;

/** Why an item failed for good: the class of its last attempt, or what ended it from outside. */
export const DeadLetterClass = z
  .enum([...FailureClass.options, 'deadline', 'dependency', 'rejected', 'terminated-by-operator'])
  .meta({ id: 'DeadLetterClass' });
export type DeadLetterClass = z.infer<typeof DeadLetterClass>;

export const AttemptFailure = z.object({
  kind: z.literal('failed'),
  failureClass: FailureClass,
  message: z.string().max(16_384),
  code: z.string().max(64).exactOptional(),
  /** True when the agent itself reported the failure, so that it is known to be no longer at work on this fence. */
  reportedByAgent: z.boolean().default(false),
});
export type AttemptFailure = z.infer<typeof AttemptFailure>;

/** How one attempt ended. `refused`: the lease or the agent did not take it; nothing was tried and nothing is counted. */
export const AttemptOutcome = z.discriminatedUnion('kind', [
  // `settled`: the ledger had settled the item with it before it was told.
  z.object({ kind: z.literal('completed'), result: WorkResult, settled: z.literal(true).exactOptional() }),
  AttemptFailure,
  z.object({ kind: z.literal('refused'), reason: z.string().max(1024) }),
]);
export type AttemptOutcome = z.infer<typeof AttemptOutcome>;

/**
 * What an await of the agent may come back with: the attempt's outcome, or that the idle clock stops because the agent has asked
 * a question (which it waits for at most `waitMs` more), or runs again because the question is no longer open.
 */
export type AwaitOutcome = AttemptOutcome | { readonly kind: 'asked'; readonly questionId: string; readonly waitMs: number } | { readonly kind: 'resumed' };

/** How a work item ended. */
export const WorkOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('completed'), result: WorkResult }),
  z.object({ kind: z.literal('dead-lettered'), reason: z.string().max(16_384), failureClass: DeadLetterClass }),
  z.object({ kind: z.literal('cancelled'), reason: z.string().max(1024) }),
]);
export type WorkOutcome = z.infer<typeof WorkOutcome>;

/** What the workflow answers to a cancel: it will settle as cancelled, or it had accepted another end before. */
export type CancelAnswer = 'cancelling' | 'already-settled';
