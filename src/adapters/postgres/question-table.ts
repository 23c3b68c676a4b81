import type { ColumnType, Generated, Selectable } from 'kysely';
import type { OnNoAnswer } from '../../domain/work/question.ts';

/** What agents ask people while they work. */
export interface QuestionsTable {
  work_id: string;
  id: string;
  fence: number;
  project_id: string;
  state: Generated<'open' | 'answered' | 'expired' | 'withdrawn'>;
  text: string;
  choices: ColumnType<string[] | null, string | null, string | null>;
  on_expiry: OnNoAnswer;
  asked_at: Generated<Date>;
  expires_at: ColumnType<Date, Date | string, Date | string>;
  answer: string | null;
  answered_by: string | null;
  closed_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
  delivered_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
}

export type QuestionRow = Selectable<QuestionsTable>;
