import { expect, test } from '@jest/globals';
import { channelAddress, ChannelName, ChannelProject, readChannelMessage } from '../../../src/domain/channels/channel.ts';

const STORED_AT = '2026-06-01T12:00:00.000Z';

test('a channel stands in the stream that its agents name so', () => {
  expect(channelAddress('c71ae325d740a901', 'parallel-work')).toEqual({ stream: 'c71ae325d740a901_PARALLEL_WORK', subjectPrefix: 'c71ae325d740a901.' });
  expect(channelAddress('weft', 'events')?.stream).toBe('weft_EVENTS');
});

test.each([
  ['WEFT', 'events'],
  ['WEFT', 'reports'],
  ['WEFT_EVENTS', 'x'],
  ['KV', 'agent-registry'],
  ['KV_loom-identity-a', 'x'],
  ['WORKQUEUE', 'typescript'],
  ['INBOX', '1234'],
  ['LOOMINAL', 'work_a'],
])('project %s with channel %s would spell the stream of somebody else', (projectId, name) => {
  expect(channelAddress(projectId, name)).toBeNull();
});

test.each(['', '*', '>', 'a.b', 'a b', 'a/b', 'ä', '$KV', 'a\n', 'x'.repeat(65)])('%j is no part of a name', (part) => {
  expect(ChannelName.safeParse(part).success).toBe(false);
  expect(ChannelProject.safeParse(part).success).toBe(false);
});

test.each([
  [
    '{"handle":"kim","message":"hello","timestamp":"2026-06-01T11:00:00Z","scope":"team"}',
    { handle: 'kim', message: 'hello', timestamp: '2026-06-01T11:00:00.000Z' },
  ],
  ['hello', { handle: 'unknown', message: 'hello', timestamp: STORED_AT }],
  ['', { handle: 'unknown', message: '', timestamp: STORED_AT }],
  ['null', { handle: 'unknown', message: 'null', timestamp: STORED_AT }],
  ['{"text":1}', { handle: 'unknown', message: '{"text":1}', timestamp: STORED_AT }],
  ['{"message":"x","timestamp":"never","handle":7}', { handle: 'unknown', message: 'x', timestamp: STORED_AT }],
])('%s is shown', (text, shown) => {
  expect(readChannelMessage(text, STORED_AT)).toEqual(shown);
});

test('a long message is cut', () => {
  expect(readChannelMessage('x'.repeat(100_000), STORED_AT).message).toHaveLength(65_536);
});
