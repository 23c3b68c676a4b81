import { expect, test } from '@jest/globals';
import { readWarpWord, seqOfWord } from '../../../src/domain/agents/warp-word.ts';
import type { WarpMessage, WarpWord } from '../../../src/domain/agents/warp-word.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const WORK = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';

function read(messageType: string, content: unknown, metadata?: Record<string, unknown>): WarpWord | null {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const message: WarpMessage = { id: 'm', senderGuid: 'a', messageType, content: text, ...(metadata === undefined ? {} : { metadata }) };
  return readWarpWord(message, NOW_MS);
}

const completedAt = new Date(NOW_MS).toISOString();

test.each<[string, [string, unknown, Record<string, unknown>?], WarpWord['said']]>([
  ['a claim', ['work-claim', { workItemId: WORK, claimerCapabilities: ['x'] }], { kind: 'claimed' }],
  ['progress', ['progress-update', { workItemId: WORK, progress: 50, message: 'half' }], { kind: 'progress', progress: 50, message: 'half' }],
  ['progress beyond its end', ['progress-update', { workItemId: WORK, progress: 500 }], { kind: 'progress', progress: 100 }],
  ['a status in words', ['status', 'still at it', { workItemId: WORK, progressPercent: 7 }], { kind: 'progress', progress: 7, message: 'still at it' }],
  [
    'a result',
    ['work-complete', { workItemId: WORK, result: { ok: 1 }, summary: 'hi' }],
    { kind: 'completed', result: { summary: 'hi', output: { ok: 1 }, completedAt } },
  ],
  [
    'a result of the older kind',
    ['completion', 'all done', { taskId: WORK, success: true, resultSummary: 'short', resultData: { n: 2 } }],
    { kind: 'completed', result: { summary: 'short', output: { n: 2 }, completedAt } },
  ],
  [
    'a failure',
    ['work-error', { workItemId: WORK, error: 'no', recoverable: false }],
    { kind: 'failed', message: 'no', recoverable: false, interrupted: false },
  ],
  [
    'a completion that is a failure',
    ['completion', 'broken', { workItemId: WORK, success: false }],
    { kind: 'failed', message: 'broken', recoverable: true, interrupted: false },
  ],
])('%s is read', (_what, [type, content, metadata], said) => {
  expect(read(type, content, metadata)).toEqual({ messageId: 'm', sender: 'a', workId: WORK, fence: null, said });
});

test('a fence that is repeated is taken along, a task name is no item', () => {
  expect(read('work-claim', { workItemId: WORK, fence: 3 })).toMatchObject({ workId: WORK, fence: 3 });
  expect(read('work-claim', { taskId: 'task-1' })).toMatchObject({ workId: null, fence: null });
});

test('what is no report is none', () => {
  expect(read('text', 'hello')).toBeNull();
  expect(read('constructor', 'hello')).toBeNull();
  expect(read('work-error', '')).toMatchObject({ said: { kind: 'failed', message: expect.stringContaining('without a reason') } });
});

test('a message has the same number whenever it is read, and few numbers serve any number of them', () => {
  const numbers = Array.from({ length: 500 }, (_, n) =>
    seqOfWord({ messageId: `m-${String(n)}`, sender: 'a', workId: WORK, fence: null, said: { kind: 'progress', progress: 1 } }),
  );

  expect(Math.min(...numbers)).toBeGreaterThan(1);
  expect(Math.max(...numbers)).toBeLessThan(
    seqOfWord({ messageId: 'm', sender: 'a', workId: WORK, fence: null, said: { kind: 'completed', result: { completedAt } } }),
  );
  expect(new Set(numbers).size).toBeGreaterThan(400);
});
