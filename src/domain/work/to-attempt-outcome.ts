import type { CommandReply } from '../agents/commands.ts';
import type { FinalReport } from '../agents/report.ts';
import type { AttemptFailure, AttemptOutcome } from './outcome.ts';
import type { WorkResult } from './work-item.ts';

/** What it means for the attempt that an agent does not take what it was offered; null when it takes it. */
export function toRefusal({ accepted, reason }: CommandReply): Extract<AttemptOutcome, { kind: 'refused' }> | null {
  return accepted ? null : { kind: 'refused', reason: `the agent did not take it: ${reason ?? 'no reason given'}` };
}

/**
 * What an agent's final report means for its attempt. It enters a workflow's history, so it stays small: the result's output
 * and artifacts are kept in the ledger, which took the report.
 */
export function toAttemptOutcome(report: FinalReport): AttemptOutcome {
  switch (report.kind) {
    case 'completed':
      return { kind: 'completed', result: withoutBulk(report.result) };
    case 'failed':
      return {
        kind: 'failed',
        failureClass: failureClassOf(report),
        message: report.message,
        ...(report.code === undefined ? {} : { code: report.code }),
        reportedByAgent: true,
      };
  }
}

/** What a workflow's history keeps of a result. */
export function withoutBulk({ summary, completedAt }: WorkResult): WorkResult {
  return { ...(summary === undefined ? {} : { summary }), completedAt };
}

/** An interruption is our doing, whatever the agent thinks of trying again. */
function failureClassOf(report: Extract<FinalReport, { kind: 'failed' }>): AttemptFailure['failureClass'] {
  if (report.interrupted) return 'interrupted';
  return report.recoverable ? 'recoverable' : 'fatal';
}
