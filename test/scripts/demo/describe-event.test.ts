import { expect, test } from '@jest/globals';
import { describeEvent } from '../../../scripts/demo/describe-event.ts';
import type { WeftEvent } from '../../../src/domain/events/event.ts';

const event: WeftEvent = { entityType: 'work', entityId: 'w', seq: 1, type: 'work:queued', projectId: 'default', timestamp: '2026-01-01T00:00:00Z', data: {} };

test.each<{ type: WeftEvent['type']; data: WeftEvent['data']; line: string }>([
  { type: 'work:submitted', data: {}, line: '' },
  { type: 'work:queued', data: { reason: 'no target is registered' }, line: 'no target is registered' },
  { type: 'work:progress', data: { progress: 40, message: 'half of it' }, line: '40 %, half of it' },
  {
    type: 'work:attempt-failed',
    data: { failureClass: 'lost', errorMessage: 'the runner\nis silent', retryInMs: 500 },
    line: 'lost: the runner is silent, again in 0.5 s',
  },
  { type: 'work:completed', data: { summary: 'done' }, line: 'done' },
])('$type is told in one line', ({ type, data, line }) => {
  expect(describeEvent({ ...event, type, data })).toBe(line);
});

test('an assignment names fence and agent', () => {
  expect(describeEvent({ ...event, type: 'work:assigned', fence: 2, agentGuid: '0123456789ab' })).toBe('fence 2, agent 01234567');
});

test('a long text is cut', () => {
  expect(describeEvent({ ...event, data: { reason: 'x'.repeat(500) } })).toHaveLength(110);
});
