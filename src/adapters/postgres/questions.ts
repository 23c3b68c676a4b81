import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import type { Report } from '../../domain/agents/report.ts';
import type { Fence, WorkId } from '../../domain/ids.ts';
import { ANSWER_CHARS_MAX, judgeQuestion, QUESTION_CHARS_MAX, questionId } from '../../domain/work/question.ts';
import type { QuestionId } from '../../domain/work/question.ts';
import type { AnswerResult, LiveLease, UndeliveredAnswer } from '../../ports/ledger/lease-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { boundedText, toJson } from './json.ts';
import { lockItem } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import type { QuestionRow } from './question-table.ts';
import { toLiveLease } from './to-live-lease.ts';
import { REQUEST_TEXT_CHARS_MAX, writeAudit } from './write-audit.ts';

type QuestionReport = Extract<Report, { kind: 'question' }>;

/** Of one item; an agent that asks without end is not answered any more. */
const QUESTIONS_MAX = 1000;

/** Open, or answered and the answer on its way to the agent. */
export const IS_PENDING = sql<boolean>`(state = 'open' OR (state = 'answered' AND delivered_at IS NULL))`;

/** Records what an agent asks, in place of what it asked before; false when it has asked too much. */
export async function openQuestion(tx: Tx, report: QuestionReport): Promise<boolean> {
  const { workId, fence } = report;
  const asked = await tx
    .selectFrom('questions')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('work_id', '=', workId)
    .executeTakeFirst();
  if ((asked?.count ?? 0) >= QUESTIONS_MAX) return false;
  await withdrawQuestions(workId).execute(tx);
  await tx
    .insertInto('questions')
    .values({
      work_id: workId,
      id: questionId(report),
      fence,
      project_id: report.projectId,
      text: boundedText(report.text, QUESTION_CHARS_MAX),
      choices: report.choices === undefined ? null : toJson(report.choices),
      on_expiry: report.onExpiry,
      expires_at: sql<Date>`now() + make_interval(secs => ${report.timeoutMs / 1000})`,
    })
    .execute();
  return true;
}

/** What an item's agent waits for, or is yet to be told, is of no use any more. */
export function withdrawQuestions(workId: WorkId): RawBuilder<unknown> {
  return sql`
    UPDATE questions SET state = CASE state WHEN 'open' THEN 'withdrawn' ELSE state END, closed_at = coalesce(closed_at, now()), delivered_at = now()
    WHERE work_id = ${workId} AND ${IS_PENDING}`;
}

/** What stands between the agent and its idle clock. */
export type Pending =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'asked'; readonly questionId: QuestionId; readonly waitMs: number }
  | { readonly kind: 'failed'; readonly message: string }
  | ({ readonly kind: 'answered' } & UndeliveredAnswer);

/** Under the item's row lock; a question whose time has run out is closed by looking at it. */
export async function findPending(tx: Tx, item: LockedItem, fence: Fence): Promise<Pending> {
  const row = await tx
    .selectFrom('questions')
    .selectAll()
    .select(sql<number>`floor(extract(epoch FROM clock_timestamp()) * 1000)::float8`.as('now_ms'))
    .where('work_id', '=', item.id)
    .where('fence', '=', fence)
    .where(IS_PENDING)
    .executeTakeFirst();
  if (row === undefined) return { kind: 'nothing' };
  if (row.state === 'answered') return { kind: 'answered', questionId: row.id, answer: row.answer };
  const judged = judgeQuestion({ expiresAtMs: row.expires_at.getTime(), onExpiry: row.on_expiry }, row.now_ms);
  if (judged.kind === 'asked') return { kind: 'asked', questionId: row.id, waitMs: judged.waitMs };
  await recordExpired(tx, item, row);
  return judged.kind === 'failed' ? judged : { kind: 'answered', questionId: row.id, answer: null };
}

async function recordExpired(tx: Tx, item: LockedItem, row: QuestionRow): Promise<void> {
  await close(tx, row, row.on_expiry === 'fail' ? { state: 'expired' } : { state: 'answered' });
  const says = row.on_expiry === 'fail' ? 'fails because nobody answered' : 'proceeds because nobody answered';
  await appendEvent(tx, {
    key: `question:${item.id}:${row.id}:expired`,
    ...entityOf(item),
    type: 'work:question-expired',
    data: { workId: item.id, taskId: item.task_id, questionId: row.id, onExpiry: row.on_expiry, message: says },
    fence: row.fence,
  });
}

async function close(
  tx: Tx,
  { work_id: workId, id }: QuestionRow,
  to: { state: 'answered' | 'expired'; answer?: string; answered_by?: string },
): Promise<void> {
  await tx
    .updateTable('questions')
    .set({ ...to, closed_at: sql<Date>`now()` })
    .where('work_id', '=', workId)
    .where('id', '=', id)
    .execute();
  await tx.updateTable('work_items').set({ reason: null }).where('id', '=', workId).execute();
}

function entityOf(item: LockedItem) {
  return { entityType: 'work', entityId: item.id, projectId: item.project_id } as const;
}

/** A person's answer, once; the same again changes nothing. */
export async function answerQuestion(
  tx: Tx,
  workId: WorkId,
  given: { readonly questionId: QuestionId; readonly answer: string; readonly author: Author },
): Promise<AnswerResult> {
  const item = await lockItem(tx, workId);
  const row = await tx
    .selectFrom('questions')
    .selectAll()
    .select(sql<boolean>`expires_at <= clock_timestamp()`.as('is_late'))
    .where('work_id', '=', workId)
    .where('id', '=', given.questionId)
    .executeTakeFirst();
  if (item === undefined || row === undefined) return { kind: 'not-found' };
  const answer = boundedText(given.answer, ANSWER_CHARS_MAX);
  if (row.state === 'answered' && row.answer === answer) return { kind: 'joined', lease: await findWaiting(tx, row) };
  const refusal = whyNot(row, answer);
  if (refusal !== null) return refusal;
  const answeredBy = boundedText(given.author.name, REQUEST_TEXT_CHARS_MAX);
  await close(tx, row, { state: 'answered', answer, answered_by: answeredBy });
  const facts = { questionId: row.id, fence: row.fence };
  await appendEvent(tx, {
    key: `question:${workId}:${row.id}:answered`,
    ...entityOf(item),
    type: 'work:answered',
    data: { workId, taskId: item.task_id, questionId: row.id, answeredBy },
    fence: row.fence,
  });
  await writeAudit(tx, given.author, { action: 'work.answer', ...entityOf(item), before: facts, after: { ...facts, chars: answer.length } });
  return { kind: 'answered', lease: await findWaiting(tx, row) };
}

function whyNot({ state, answer: before, choices, is_late: isLate }: QuestionRow & { is_late: boolean }, answer: string): AnswerResult | null {
  if (state === 'answered') return { kind: 'closed', why: before === null ? 'expired' : 'answered' };
  if (state !== 'open') return { kind: 'closed', why: state };
  if (isLate) return { kind: 'closed', why: 'expired' };
  return choices === null || choices.includes(answer) ? null : { kind: 'not-a-choice', choices };
}

/** The await that this question has stopped the idle clock of. */
async function findWaiting(tx: Tx, { work_id: workId, id, delivered_at: deliveredAt }: QuestionRow): Promise<LiveLease | null> {
  if (deliveredAt !== null) return null;
  const lease = await tx.selectFrom('leases').selectAll().where('work_id', '=', workId).where('question_id', '=', id).executeTakeFirst();
  return lease === undefined ? null : toLiveLease(lease);
}
