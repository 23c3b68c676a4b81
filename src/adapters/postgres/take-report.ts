import type { Updateable } from 'kysely';
import type { FinalReport, Report } from '../../domain/agents/report.ts';
import type { EventData } from '../../domain/events/event.ts';
import { questionId } from '../../domain/work/question.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import type { AgedLease, ReportVerdict } from '../../ports/ledger/lease-ledger.ts';
import { appendOnce, appendTogether } from './append-events.ts';
import type { NewEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { describeAgent, factsOf } from './describe-agent.ts';
import type { AgentFacts } from './describe-agent.ts';
import { recordAtRest } from './record-at-rest.ts';
import { boundedText, toJson } from './json.ts';
import { lockItem } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { findPending, openQuestion } from './questions.ts';
import { recordRegistered } from './session-ledger.ts';
import type { Tables } from './tables.ts';
import { present } from './to-work-item.ts';
import { findReportedEnd, settleReported } from './settle-reported.ts';
import { leaseAgeMs } from './to-live-lease.ts';
import { assignedColumns, assignedEvent, recordAssigned } from './write-lease.ts';

// An agent that reports without end must not fill the ledger: beyond this number only the item's row follows its progress.
const RECORDED_SEQ_MAX = 10_000;
const PROGRESS_MESSAGE_CHARS_MAX = 1024;

/** Whether a report with a valid run token counts, recorded once; under the item's row lock. */
export async function takeReport(tx: Tx, report: Report): Promise<ReportVerdict> {
  const [item, holding] = await Promise.all([lockItem(tx, report.workId), findHolding(tx, report)]);
  if (item?.project_id !== report.projectId) return rejected('there is no such work item in this project');
  if (report.fence > item.fence) return rejected('the fence was never handed out');
  if (report.fence === item.fence && isSettled(item.phase)) return afterEnd(tx, item, report);
  if (holding === undefined) return refuse(tx, item, report);
  if (holding.agent_guid !== report.guid) return rejected('another agent holds the work item');
  // An agent can be quicker than its supervision: one that reports has registered.
  if (holding.session_state === 'starting') await recordRegistered(tx, report.guid);
  return apply(tx, item, { report, holding });
}

/** A completion that is delivered again may have to be told again; whatever else comes late counts for nothing. */
async function afterEnd(tx: Tx, item: LockedItem, report: Report): Promise<ReportVerdict> {
  return (report.kind === 'completed' ? await findReportedEnd(tx, item, report) : undefined) ?? { kind: 'settled' };
}

type Holding = NonNullable<Awaited<ReturnType<typeof findHolding>>>;

/** The taken slot of the report's fence, with its agent's session and lease, in one look. */
async function findHolding(tx: Tx, { workId, fence }: Report) {
  return tx
    .selectFrom('slots as g')
    .leftJoin('leases as l', (join) => join.onRef('l.work_id', '=', 'g.work_id').onRef('l.fence', '=', 'g.fence'))
    .leftJoin('sessions as s', 's.guid', 'g.agent_guid')
    .select([
      'g.fence',
      'g.agent_guid',
      'g.attempt',
      's.state as session_state',
      's.agent_type',
      's.host_id',
      's.hostname',
      'l.await_no',
      'l.agent_guid as lease_agent',
      'l.task_token',
      'l.idle_timeout_ms',
      'l.question_id',
    ])
    .select(leaseAgeMs.as('age_ms'))
    .where('g.work_id', '=', workId)
    .where('g.fence', '=', fence)
    .where('g.state', '=', 'taken')
    .executeTakeFirst();
}

function liveLeaseOf(
  item: LockedItem,
  { fence, await_no: awaitNo, lease_agent: agentGuid, task_token: taskToken, idle_timeout_ms: idleTimeoutMs, question_id: questionId, age_ms: ageMs }: Holding,
): AgedLease | null {
  if (awaitNo === null || agentGuid === null || taskToken === null || idleTimeoutMs === null) return null;
  return { workId: item.id, projectId: item.project_id, fence, awaitNo, agentGuid, taskToken, idleTimeoutMs, questionId, ageMs };
}

function rejected(reason: string): ReportVerdict {
  return { kind: 'rejected', reason };
}

/** A report of the agent that holds the item, under the current fence. */
async function apply(tx: Tx, item: LockedItem, { report, holding }: { report: Report; holding: Holding }): Promise<ReportVerdict> {
  // One that registered by itself, or was started for the item, has it when it says so, with whatever word.
  if (item.phase === 'starting' && report.kind === 'claimed') return begin(tx, item, { report, holding });
  if (item.phase === 'starting') await recordAssigned(tx, item, { slot: holding, ...present({ agent: agentOf(report, holding) }) });
  switch (report.kind) {
    case 'claimed':
    case 'progress':
      return follow(tx, item, { report, holding });
    case 'question':
      return ask(tx, item, { report, holding });
    case 'completed':
      if (item.cancel_requested_at === null) return settleReported(tx, item, { report, taskToken: holding.task_token });
      return leaveToWorkflow(tx, item, { report, holding });
    case 'failed':
      return leaveToWorkflow(tx, item, { report, holding });
  }
}

/** It decides what follows. A repeat is as good as the first: whoever took that one may have died before the activity was completed. */
async function leaveToWorkflow(tx: Tx, item: LockedItem, { report, holding }: { report: FinalReport; holding: Holding }): Promise<ReportVerdict> {
  if (item.final_report_fence !== report.fence) {
    const final_result = report.kind === 'completed' ? toJson(report.result) : null;
    await tx.updateTable('work_items').set({ final_report_fence: report.fence, final_result }).where('id', '=', item.id).execute();
  }
  return { kind: 'final', lease: liveLeaseOf(item, holding) };
}

/** The first word of most: in one statement that it has the item, and that it works on it. */
async function begin(
  tx: Tx,
  item: LockedItem,
  { report, holding }: { report: Extract<Report, { kind: 'claimed' }>; holding: Holding },
): Promise<ReportVerdict> {
  const known = agentOf(report, holding);
  const assigned = assignedEvent(item, holding, known ?? (await describeAgent(tx, holding.agent_guid)));
  const started = reportedEvent(item, { report, type: 'work:started', data: workData(item, known) });
  await appendTogether(tx, [assigned, started], { phase: 'working', reason: null, ...assignedColumns(holding) });
  return { kind: 'recorded', lease: liveLeaseOf(item, holding) };
}

function workData({ capability, boundary }: LockedItem, agent: AgentFacts | undefined): EventData {
  return { capability, boundary, ...agent };
}

type Following = Extract<Report, { kind: 'claimed' | 'progress' }>;

/** The item's row follows the agent's word. */
async function follow(tx: Tx, item: LockedItem, { report, holding }: { report: Following; holding: Holding }): Promise<ReportVerdict> {
  const message = report.kind === 'progress' && report.message !== undefined ? boundedText(report.message, PROGRESS_MESSAGE_CHARS_MAX) : null;
  const changes = { phase: 'working', reason: null, ...(report.kind === 'progress' ? { progress: report.progress, progress_message: message } : {}) } as const;
  const progress = report.kind === 'progress' ? { progress: report.progress, ...(message === null ? {} : { message }) } : {};
  const data = { ...workData(item, agentOf(report, holding)), ...progress };
  const isNew = await record(tx, item, { report, type: report.kind === 'claimed' ? 'work:started' : 'work:progress', data, changes });
  if (!isNew) return { kind: 'duplicate' };
  return { kind: 'recorded', lease: liveLeaseOf(item, holding) };
}

/** A repeat is as good as the first, as long as the question is open and its await does not know of it. */
async function ask(tx: Tx, item: LockedItem, { report, holding }: { report: Extract<Report, { kind: 'question' }>; holding: Holding }): Promise<ReportVerdict> {
  if (!(await isKnown(tx, report))) {
    if (!(await openQuestion(tx, report))) return rejected('the agents of this item have asked too many questions');
    await tx.updateTable('work_items').set({ phase: 'working', reason: 'the agent waits for an answer' }).where('id', '=', item.id).execute();
    const data = { ...agentOf(report, holding), questionId: questionId(report), timeoutMs: report.timeoutMs, onExpiry: report.onExpiry };
    await record(tx, item, { report, type: 'work:question', data });
  }
  const pending = await findPending(tx, item, report.fence);
  const lease = liveLeaseOf(item, holding);
  if (pending.kind !== 'asked' || pending.questionId !== questionId(report) || lease?.questionId === pending.questionId) return { kind: 'duplicate' };
  return { ...pending, lease };
}

/** undefined: it has no session, and must be looked up. */
function agentOf({ guid }: Report, { agent_type, host_id, hostname }: Holding): AgentFacts | undefined {
  return agent_type === null || host_id === null ? undefined : factsOf({ guid, agent_type, host_id, hostname });
}

/** The try of this fence is over: said in the record, never applied. */
async function refuse(tx: Tx, item: LockedItem, report: Report): Promise<ReportVerdict> {
  // It may have been taken while its fence was current, and be delivered again.
  await record(tx, item, { report, type: 'work:report-refused', data: { kind: report.kind, currentFence: item.fence } });
  const isFinal = report.kind === 'completed' || report.kind === 'failed';
  return isFinal && (await recordAtRest(tx, report)) ? { kind: 'stale', nowAtRest: true } : { kind: 'stale' };
}

interface Recording extends Pick<NewEvent, 'type' | 'data'> {
  readonly report: Report;
  /** Made also when too much was recorded before. */
  readonly changes?: Updateable<Tables['work_items']>;
}

/** False: it was taken before. */
async function record(tx: Tx, item: LockedItem, { report, type, data, changes }: Recording): Promise<boolean> {
  if (report.seq > RECORDED_SEQ_MAX) {
    if (changes !== undefined) await tx.updateTable('work_items').set(changes).where('id', '=', item.id).execute();
    return true;
  }
  return appendOnce(tx, reportedEvent(item, { report, type, data }), changes);
}

function reportedEvent(item: LockedItem, { report, type, data }: Omit<Recording, 'changes'>): NewEvent {
  return {
    key: reportKey(report),
    entityType: 'work',
    entityId: item.id,
    projectId: item.project_id,
    type,
    data: { workId: item.id, taskId: item.task_id, assignedTo: report.guid, ...data },
    fence: report.fence,
    agentGuid: report.guid,
  };
}

async function isKnown(tx: Tx, report: Report): Promise<boolean> {
  const known = await tx.selectFrom('events').select('id').where('event_key', '=', reportKey(report)).executeTakeFirst();
  return known !== undefined;
}

function reportKey({ workId, fence, seq }: Report): string {
  return `report:${workId}:${String(fence)}:${String(seq)}`;
}
