import { z } from 'zod';
import { Timestamp } from '../ids.ts';

const HOUR_MS = 3_600_000;

export const QUESTION_CHARS_MAX = 4096;
export const ANSWER_CHARS_MAX = 16_384;
const CHOICES_MAX = 20;
const CHOICE_CHARS_MAX = 256;

/** Names a question among those of its work item: the fence and the number of the report that asked it. */
export const QuestionId = z
  .string()
  .max(32)
  .regex(/^\d+-\d+$/, 'must look like 1-2')
  .meta({ id: 'QuestionId' });
export type QuestionId = z.infer<typeof QuestionId>;

/** What happens when nobody answers in time. fail: the attempt has failed · proceed: the agent is told that nobody answered. */
export const OnNoAnswer = z.enum(['fail', 'proceed']).meta({ id: 'OnNoAnswer' });
export type OnNoAnswer = z.infer<typeof OnNoAnswer>;

/** What an agent asks; every question is bounded in time. */
export const Asked = z.object({
  text: z.string().min(1).max(QUESTION_CHARS_MAX),
  /** The answer must be one of these. */
  choices: z.array(z.string().min(1).max(CHOICE_CHARS_MAX)).min(1).max(CHOICES_MAX).exactOptional(),
  timeoutMs: z
    .int()
    .min(1000)
    .max(168 * HOUR_MS)
    .default(24 * HOUR_MS),
  onExpiry: OnNoAnswer.default('fail'),
});
export type Asked = z.infer<typeof Asked>;

/** A question that waits for its answer, as the outside sees it. */
export const Question = z
  .object({
    id: QuestionId,
    text: z.string(),
    choices: z.array(z.string()).exactOptional(),
    askedAt: Timestamp,
    expiresAt: Timestamp,
    onExpiry: OnNoAnswer,
  })
  .meta({ id: 'Question', description: 'The agent waits for an answer to it: `POST /api/work/{id}/answer`.' });
export type Question = z.infer<typeof Question>;

export function questionId({ fence, seq }: { readonly fence: number; readonly seq: number }): QuestionId {
  return `${String(fence)}-${String(seq)}`;
}

/** What becomes of a question whose time may have run out; `asked` = it goes on waiting, for so long. */
export type QuestionState =
  | { readonly kind: 'asked'; readonly waitMs: number }
  | { readonly kind: 'failed'; readonly message: string }
  /** Nobody answered, and the agent goes on without. */
  | { readonly kind: 'proceeds' };

export function judgeQuestion(question: { readonly expiresAtMs: number; readonly onExpiry: OnNoAnswer }, nowMs: number): QuestionState {
  if (nowMs < question.expiresAtMs) return { kind: 'asked', waitMs: question.expiresAtMs - nowMs };
  return question.onExpiry === 'proceed' ? { kind: 'proceeds' } : { kind: 'failed', message: 'nobody answered the question of the agent in time' };
}
