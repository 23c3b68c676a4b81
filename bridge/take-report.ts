import type { Logger } from 'pino';
import { errorCodeOf, isPassing } from '../src/domain/errors.ts';
import type { CompletedReport, FinalReport, Report } from '../src/domain/agents/report.ts';
import { toAttemptOutcome, withoutBulk } from '../src/domain/work/to-attempt-outcome.ts';
import type { AgentBus } from '../src/ports/agent-bus.ts';
import type { ReportDisposal } from '../src/ports/agent-inbox.ts';
import type { LeaseLedger, LiveLease, ReportVerdict } from '../src/ports/ledger/lease-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import type { LeaseBeats } from './lease-beats.ts';

export interface ReportTakerDeps {
  readonly leases: Pick<LeaseLedger, 'takeReport' | 'parkReport'>;
  readonly engine: Pick<WorkEngine, 'completeAttempt' | 'stopSession' | 'wakeCoordinator'>;
  readonly beats: Pick<LeaseBeats, 'report' | 'ended'>;
  readonly bus: Pick<AgentBus, 'command'>;
  readonly logger: Logger;
}

// Each new await of an item needs a clock that ran out, so a lease that changes more often than this under our hands is no race.
const LEASES_TRIED_MAX = 5;
const SETTLED_TIMEOUT_MS = 1000;

/** Makes a report count: `taken` only when the ledger or the engine has it, so that it may be acknowledged. */
export function createReportTaker(deps: ReportTakerDeps): (report: Report) => Promise<ReportDisposal> {
  return async (report) => {
    try {
      return await take(deps, report);
    } catch (error) {
      const facts = { err: error, workId: report.workId, fence: report.fence, agentGuid: report.guid };
      // Anything else is a bug that an immediate repeat would only repeat.
      if (isPassing(errorCodeOf(error))) {
        deps.logger.warn(facts, 'a report must wait');
        return 'retry';
      }
      // Not for ever: it would hold up the judgement of every silent agent. Its agent resends a final report until it is settled.
      deps.logger.error(facts, 'a report was dropped because it could not be taken');
      return 'taken';
    }
  };
}

async function take(deps: ReportTakerDeps, report: Report): Promise<ReportDisposal> {
  const verdict = await deps.leases.takeReport(report);
  switch (verdict.kind) {
    case 'recorded':
      if (verdict.lease !== null) await deps.beats.report(verdict.lease);
      return 'taken';
    case 'final':
      deps.beats.ended(report.workId, report.fence);
      // The ledger says so of final reports only.
      return completeAttempt(deps, report as FinalReport, verdict.lease);
    case 'completed':
      deps.beats.ended(report.workId, report.fence);
      // The ledger says so of completions only.
      await tellCompleted(deps, report as CompletedReport, verdict);
      return 'taken';
    case 'asked':
      await stopIdleClock(deps, verdict);
      return 'taken';
    case 'duplicate':
      return 'taken';
    case 'stale':
    case 'settled':
      await tellSettled(deps, report);
      await lookAgain(deps, verdict);
      return 'taken';
    case 'rejected':
      deps.logger.warn({ workId: report.workId, fence: report.fence, agentGuid: report.guid, reason: verdict.reason }, 'rejected a report');
      return 'taken';
  }
}

/** The next attempt may have waited for this word. */
async function lookAgain({ engine }: ReportTakerDeps, verdict: Extract<ReportVerdict, { kind: 'stale' | 'settled' }>): Promise<void> {
  if (verdict.kind === 'stale' && verdict.nowAtRest === true) await engine.wakeCoordinator();
}

/** An await that is gone by now is followed by one that finds the question in the ledger. */
async function stopIdleClock({ engine }: ReportTakerDeps, { lease, questionId, waitMs }: Extract<ReportVerdict, { kind: 'asked' }>): Promise<void> {
  if (lease !== null) await engine.completeAttempt(lease.taskToken, { kind: 'asked', questionId, waitMs });
}

/**
 * The item has ended, so whoever hears of it late, or not at all, finds it so: the workflow when it next asks the ledger, the agent when it
 * resends its report. The agent first: it may be given other work from now on.
 */
async function tellCompleted(
  { engine, bus }: ReportTakerDeps,
  report: CompletedReport,
  { taskToken, aftermath }: Extract<ReportVerdict, { kind: 'completed' }>,
): Promise<void> {
  const { projectId, guid, workId, fence } = report;
  void bus.command({ projectId, guid }, { name: 'settled', workId, fence }, SETTLED_TIMEOUT_MS);
  await Promise.all([
    taskToken === null ? undefined : engine.completeAttempt(taskToken, { kind: 'completed', result: withoutBulk(report.result), settled: true }),
    aftermath.stopSession === null ? undefined : engine.stopSession(aftermath.stopSession, 'the work item is completed'),
    engine.wakeCoordinator(),
  ]);
}

/** Completes the activity that awaits the agent; when there is none, the report waits in the ledger for the next one. */
async function completeAttempt(deps: ReportTakerDeps, report: FinalReport, current: LiveLease | null): Promise<ReportDisposal> {
  const outcome = toAttemptOutcome(report);
  let lease = current;
  for (let tried = 0; tried < LEASES_TRIED_MAX; tried++) {
    if (lease !== null && (await deps.engine.completeAttempt(lease.taskToken, outcome)) === 'done') return 'taken';
    const parked = await deps.leases.parkReport(report, lease === null ? null : { awaitNo: lease.awaitNo });
    switch (parked.kind) {
      case 'parked':
        return 'taken';
      case 'not-current':
        await tellSettled(deps, report);
        return 'taken';
      case 'lease-changed':
        lease = parked.lease;
    }
  }
  return 'retry';
}

/** Nobody waits for this fence any more. An agent that does not hear it resends its report, and is told again. */
async function tellSettled({ bus }: ReportTakerDeps, { projectId, guid, workId, fence }: Report): Promise<void> {
  await bus.command({ projectId, guid }, { name: 'settled', workId, fence }, SETTLED_TIMEOUT_MS);
}
