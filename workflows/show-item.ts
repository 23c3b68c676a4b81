// What a person sees of a work item in the Temporal UI, and filters by. Its text never stands there, nor what an agent said, which may
// repeat that text. The details cost no history; the search attributes cost one event for each of these functions, but
// `showAccepted` and those about questions.
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { attemptAttributes, SEARCH_ATTRIBUTES } from '../src/contract/search-attributes.ts';
import type { AgentGuid } from '../src/domain/ids.ts';
import type { FailureClass, WorkOutcome } from '../src/domain/work/outcome.ts';
import type { QuestionId } from '../src/domain/work/question.ts';
import { toWorkStatus } from '../src/domain/work/to-work-status.ts';
import type { TakenGrant } from '../src/domain/work/transition-results.ts';

const WHERE_WHY = 'Why, and at which position, is in `GET /api/work/<id>`.';

/** It was started as pending: only the details are new. */
export function showAccepted(): void {
  setCurrentDetails(`Waits for an agent. ${WHERE_WHY}`);
}

/** For another attempt. */
export function showWaiting(after: { failureClass: FailureClass | 'refused'; delayMs: number } | null): void {
  const why =
    after === null
      ? 'It was taken over from an earlier run. '
      : `The last attempt ended as ${after.failureClass}; the next one comes ${notBefore(after.delayMs)}. `;
  setCurrentDetails(`Waits for an agent. ${why}${WHERE_WHY}`);
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.status, value: toWorkStatus('waiting') },
    { key: SEARCH_ATTRIBUTES.target, value: null },
    { key: SEARCH_ATTRIBUTES.mechanism, value: null },
  ]);
}

/**
 * From here on it is shown as assigned: that its agent has been started, and has taken it, is no event of this workflow. A workflow that
 * was started with the grant (`isShown`) has the search attributes from the beginning.
 */
export function showAttempt(taken: TakenGrant, isShown: boolean): void {
  const { attempt, agentGuid, session, targetName } = taken;
  const where = targetName === null ? '' : ` on ${targetName}`;
  const since = session === 'to-start' ? `, which is started for it: how far that is, says the workflow \`agent-${agentGuid}\`` : '';
  setCurrentDetails(`Attempt ${String(attempt)}${where} by agent ${agentGuid}${since}.`);
  if (!isShown) upsertSearchAttributes(attemptAttributes(taken));
}

/** Only the details: its status stays what it was. */
export function showQuestion(questionId: QuestionId): void {
  setCurrentDetails(`Waits for a person: its agent has asked question ${questionId}, which is in \`GET /api/work/<id>\`.`);
}

export function showResumed(agentGuid: AgentGuid): void {
  setCurrentDetails(`Agent ${agentGuid} is at work again after a question.`);
}

/** A dead letter keeps the target of its last attempt. */
export function showEnd(end: WorkOutcome): void {
  setCurrentDetails(
    end.kind === 'dead-lettered' ? `Failed (${end.failureClass}). The reasons are in the result.` : `${end.kind === 'completed' ? 'Completed' : 'Cancelled'}.`,
  );
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.status, value: toWorkStatus(end.kind) }]);
}

function notBefore(delayMs: number): string {
  return `not before ${new Date(Date.now() + delayMs).toISOString()}`;
}
