import { sql } from 'kysely';
import type { Question } from '../../domain/work/question.ts';
import type { QuestionRow } from './question-table.ts';

/** The question that waits for its answer, as part of an item's row; looked up only where there can be one. */
export const OPEN_QUESTION = sql<OpenQuestion | null>`
  CASE WHEN work_items.phase = 'working' THEN (SELECT to_jsonb(q) FROM (
    SELECT id, text, choices, asked_at, expires_at, on_expiry FROM questions WHERE work_id = work_items.id AND state = 'open'
  ) q) END`;

/** As jsonb tells it: times are text. */
export interface OpenQuestion extends Pick<QuestionRow, 'id' | 'text' | 'choices' | 'on_expiry'> {
  readonly asked_at: string;
  readonly expires_at: string;
}

export function toQuestion({ id, text, choices, asked_at: askedAt, expires_at: expiresAt, on_expiry: onExpiry }: OpenQuestion): Question {
  return {
    id,
    text,
    askedAt: new Date(askedAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    onExpiry,
    ...(choices === null ? {} : { choices }),
  };
}
