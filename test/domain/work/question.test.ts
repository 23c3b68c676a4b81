import { describe, expect, test } from '@jest/globals';
import { Asked, judgeQuestion, QuestionId, questionId } from '../../../src/domain/work/question.ts';

describe('a question', () => {
  test('waits a day, and fails its attempt, unless its agent says otherwise', () => {
    expect(Asked.parse({ text: 'Which?' })).toEqual({ text: 'Which?', timeoutMs: 86_400_000, onExpiry: 'fail' });
  });

  test.each([{ text: '' }, { text: 'x'.repeat(4097) }, { text: 'a', choices: [] }, { text: 'a', timeoutMs: 999 }, { text: 'a', timeoutMs: 604_800_001 }])(
    'is bounded: %#',
    (asked) => {
      expect(Asked.safeParse(asked).success).toBe(false);
    },
  );

  test('is named by the report that asked it', () => {
    expect(QuestionId.parse(questionId({ fence: 3, seq: 12 }))).toBe('3-12');
  });

  test('waits until its time is over, and then fails or proceeds, as its agent said', () => {
    expect(judgeQuestion({ expiresAtMs: 1000, onExpiry: 'fail' }, 400)).toEqual({ kind: 'asked', waitMs: 600 });
    expect(judgeQuestion({ expiresAtMs: 1000, onExpiry: 'fail' }, 1000)).toMatchObject({ kind: 'failed' });
    expect(judgeQuestion({ expiresAtMs: 1000, onExpiry: 'proceed' }, 1000)).toEqual({ kind: 'proceeds' });
  });
});
