import type { FinalReport } from '../agents/report.ts';
import type { AttemptFailure, AttemptOutcome } from './outcome.ts';

/** What an agent's final report means for its attempt. */
export function toAttemptOutcome(report: FinalReport): AttemptOutcome {
  switch (report.kind) {
    case 'completed':
      return { kind: 'completed', result: report.result };
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

/** An interruption is our doing, whatever the agent thinks of trying again. */
function failureClassOf(report: Extract<FinalReport, { kind: 'failed' }>): AttemptFailure['failureClass'] {
  if (report.interrupted) return 'interrupted';
  return report.recoverable ? 'recoverable' : 'fatal';
}
