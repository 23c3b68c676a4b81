import type { AttemptFailure, FailureClass } from '../work/outcome.ts';

/** Why an agent session ended. */
export type SessionEnd = 'spin-up-failed' | 'start-refused' | 'lost' | 'left' | 'stopped' | 'terminated-by-operator' | 'host-gone';

const FAILURE_CLASS: Record<SessionEnd, FailureClass> = {
  'spin-up-failed': 'spin-up',
  // The target has no capacity for another agent now.
  'start-refused': 'capacity',
  lost: 'lost',
  // An agent that leaves in the middle of an item without a report has not finished it.
  left: 'lost',
  stopped: 'interrupted',
  'terminated-by-operator': 'interrupted',
  // A person says that its host does not come back: no fault of the item.
  'host-gone': 'interrupted',
};

/** Why an agent ended whose host was declared gone meanwhile: that it was lost before is the same story, any other end is its own. */
export function causeWithHost(before: SessionEnd | null): SessionEnd {
  return before === null || before === 'lost' ? 'host-gone' : before;
}

/** What the end of a session means for the attempt that its agent was working on. */
export function toEndedAttempt(cause: SessionEnd, message: string): AttemptFailure {
  return { kind: 'failed', failureClass: FAILURE_CLASS[cause], message: message.slice(0, 16_384), reportedByAgent: false };
}
