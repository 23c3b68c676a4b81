import { sql } from 'kysely';
import type { EventData, EventName } from '../../domain/events/event.ts';
import type { WorkOutcome } from '../../domain/work/outcome.ts';
import { withoutBulk } from '../../domain/work/to-attempt-outcome.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import type { WorkFailure } from '../../domain/work/work-item.ts';
import type { Aftermath, Writer } from '../../ports/ledger/transition-ledger.ts';
import { appendEvent, findReply } from './append-events.ts';
import type { Changes } from './append-events.ts';
import type { Tx } from './database.ts';
import { boundedText, toJson } from './json.ts';
import { requireOwnItem } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { agentHasReported, nothingToTell, releaseHoldings } from './release-holdings.ts';
import { present } from './to-work-item.ts';

const EVENT_TEXT_CHARS_MAX = 1024;

const EVENT_OF: Record<WorkOutcome['kind'], EventName> = {
  completed: 'work:completed',
  'dead-lettered': 'work:failed',
  cancelled: 'work:cancelled',
};

/** The end of an item by its own workflow. A completion that its agent's report has settled before stands. */
export async function settle(tx: Tx, writer: Writer, outcome: WorkOutcome): Promise<Aftermath> {
  const item = await requireOwnItem(tx, writer);
  const key = settledKey(writer.runId);
  if (!isSettled(item.phase)) return writeEnd(tx, item, { outcome, key });
  const isOther = item.phase === 'completed' && outcome.kind !== 'completed';
  const aftermath = (await findReply<Aftermath>(tx, key, isOther ? 'work:completed' : EVENT_OF[outcome.kind])) ?? nothingToTell(item);
  return isOther ? { ...aftermath, ...(await endOf(tx, item)) } : aftermath;
}

/** How an item has ended, of one that is completed; for a workflow that does not know it yet. */
export async function endOf(tx: Tx, { id, phase }: LockedItem): Promise<{ readonly ended?: WorkOutcome }> {
  if (phase !== 'completed') return {};
  const { result } = await tx.selectFrom('work_items').select('result').where('id', '=', id).executeTakeFirstOrThrow();
  return result === null ? {} : { ended: { kind: 'completed', result: withoutBulk(result) } };
}

/** Of the end that one run of the item's workflow makes, or a report for it. */
export function settledKey(runId: string): string {
  return `wf:${runId}:0:settled`;
}

interface End {
  readonly outcome: WorkOutcome;
  readonly key: string;
  /** Kept with the aftermath, for a repeat. */
  readonly remember?: object;
}

/** Writes the end of a locked, unsettled item: result or error, final event; everything it holds is released. */
export async function writeEnd(tx: Tx, item: LockedItem, { outcome, key, remember = {} }: End): Promise<Aftermath> {
  const interrupted = outcome.kind === 'dead-lettered' && outcome.failureClass === 'interrupted';
  const { slot, agent, aftermath } = await releaseHoldings(tx, item, agentHasReported(item, item.fence) && !interrupted);
  const ended = {
    key,
    entityType: 'work',
    entityId: item.id,
    projectId: item.project_id,
    type: EVENT_OF[outcome.kind],
    data: { ...describe(item), ...agent, ...toEventData(outcome) },
    fence: item.fence,
    ...present({ agentGuid: slot?.agent_guid }),
    reply: { ...aftermath, ...remember },
  } as const;
  await appendEvent(tx, ended, { ...toColumns(outcome), final_report_fence: item.final_report_fence });
  return aftermath;
}

function toColumns(outcome: WorkOutcome): Changes<'work_items'> {
  return {
    phase: outcome.kind,
    reason: outcome.kind === 'completed' ? null : boundedText(outcome.reason, 16_384),
    // Whole, as the agent reported it; the workflow knows only the summary.
    result: outcome.kind === 'completed' ? sql`coalesce(CASE WHEN final_report_fence = fence THEN final_result END, ${toJson(outcome.result)}::jsonb)` : null,
    final_result: null,
    error: outcome.kind === 'dead-lettered' ? sql`${toJson(toFailure(outcome))}::jsonb` : null,
    settled_at: sql`now()`,
    dependents_due: sql`EXISTS (SELECT 1 FROM work_dependencies d WHERE d.depends_on_id = work_items.id AND d.outcome IS NULL)`,
  };
}

type DeadLetter = Extract<WorkOutcome, { kind: 'dead-lettered' }>;

function toFailure({ reason, failureClass }: DeadLetter): WorkFailure {
  return { message: reason, code: failureClass, recoverable: isRecoverable(failureClass), occurredAt: new Date().toISOString() };
}

/** Whether trying the item again, as it is, may end otherwise. */
function isRecoverable(failureClass: DeadLetter['failureClass']): boolean {
  return !['fatal', 'deadline', 'rejected'].includes(failureClass);
}

function describe({ id: workId, task_id: taskId, capability, boundary, priority, attempts }: LockedItem): EventData {
  return { workId, taskId, capability, boundary, priority, attempts };
}

function toEventData(outcome: WorkOutcome): EventData {
  switch (outcome.kind) {
    case 'completed':
      return outcome.result.summary === undefined ? {} : { summary: boundedText(outcome.result.summary, EVENT_TEXT_CHARS_MAX) };
    case 'dead-lettered':
      return {
        errorMessage: boundedText(outcome.reason, EVENT_TEXT_CHARS_MAX),
        failureClass: outcome.failureClass,
        recoverable: isRecoverable(outcome.failureClass),
      };
    case 'cancelled':
      return { reason: boundedText(outcome.reason, EVENT_TEXT_CHARS_MAX) };
  }
}
