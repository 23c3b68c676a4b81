import { describe, expect, test } from '@jest/globals';
import type { EventName } from '../../../src/domain/events/event.ts';
import { matchesTopicFilter } from '../../../src/domain/events/topic-filter.ts';
import type { OutwardEvent } from '../../../src/domain/events/to-outward-event.ts';

function event(type: EventName, fields: object = {}): OutwardEvent {
  return { type, timestamp: '2026-01-01T00:00:00.000Z', projectId: 'p', ...fields };
}

const AGENT = { guid: 'agent-1', agentType: 'claude-code' };

describe('work', () => {
  test.each<[EventName, string | null]>([
    ['work:submitted', 'pending'],
    ['work:assigned', 'assigned'],
    ['work:started', 'in-progress'],
    ['work:progress', 'in-progress'],
    ['work:completed', 'completed'],
    ['work:failed', 'failed'],
    ['work:cancelled', 'cancelled'],
    ['work:report-refused', null],
  ])('%s shows the status %s', (type, shown) => {
    const statuses = ['pending', 'assigned', 'in-progress', 'completed', 'failed', 'cancelled'];

    expect(statuses.filter((status) => matchesTopicFilter('work', { status }, event(type)))).toEqual(shown === null ? [] : [shown]);
  });

  test.each(['capability', 'boundary', 'taskId', 'assignedTo'])('%s is compared with the event’s own', (key) => {
    expect(matchesTopicFilter('work', { [key]: 'a' }, event('work:assigned', { [key]: 'a' }))).toBe(true);
    expect(matchesTopicFilter('work', { [key]: 'a' }, event('work:assigned', { [key]: 'b' }))).toBe(false);
    expect(matchesTopicFilter('work', { [key]: 'a' }, event('work:assigned'))).toBe(false);
  });
});

describe('agents', () => {
  test.each([
    ['work that an agent is taken for', event('agent:updated', { agent: AGENT, newStatus: 'busy', previousStatus: 'online' }), 'busy'],
    ['a registration', event('agent:registered', { agent: AGENT, status: 'online' }), 'online'],
    ['a shutdown', event('agent:shutdown', { agent: AGENT }), 'offline'],
  ])('%s shows its status', (_what, shown, status) => {
    expect(['online', 'busy', 'offline'].filter((wanted) => matchesTopicFilter('agents', { status: wanted }, shown))).toEqual([status]);
  });

  test.each([
    ['agentType', 'claude-code', 'copilot-cli'],
    ['guid', 'agent-1', 'agent-2'],
  ])('%s is that of the agent', (key, own, other) => {
    const shown = event('agent:updated', { agent: AGENT, newStatus: 'busy' });

    expect(matchesTopicFilter('agents', { [key]: own }, shown)).toBe(true);
    expect(matchesTopicFilter('agents', { [key]: other }, shown)).toBe(false);
    expect(matchesTopicFilter('agents', { [key]: own }, event('agent:updated'))).toBe(false);
  });

  test.each([
    ['capability', 'capabilities'],
    ['boundary', 'boundaries'],
  ])('%s is one of the list that only a registration shows', (key, list) => {
    expect(matchesTopicFilter('agents', { [key]: 'b' }, event('agent:registered', { [list]: ['a', 'b'] }))).toBe(true);
    expect(matchesTopicFilter('agents', { [key]: 'c' }, event('agent:registered', { [list]: ['a', 'b'] }))).toBe(false);
    expect(matchesTopicFilter('agents', { [key]: 'b' }, event('agent:updated', { agent: AGENT }))).toBe(false);
  });
});

describe('targets', () => {
  test.each<[EventName, object, readonly string[]]>([
    ['target:registered', {}, ['available']],
    ['target:updated', { previousStatus: 'available', newStatus: 'in-use' }, ['in-use']],
    ['target:disabled', {}, ['disabled']],
    ['target:removed', {}, ['available', 'in-use', 'disabled', 'error']],
    ['target:health-changed', { newHealth: 'healthy' }, ['available', 'in-use', 'disabled', 'error']],
    ['spin-up:started', {}, ['available', 'in-use', 'disabled', 'error']],
  ])('%s is seen under the right statuses', (type, fields, seen) => {
    const statuses = ['available', 'in-use', 'disabled', 'error'];

    expect(statuses.filter((status) => matchesTopicFilter('targets', { status }, event(type, fields)))).toEqual(seen);
  });

  test.each(['agentType', 'mechanism', 'targetId'])('%s is compared with the event’s own', (key) => {
    expect(matchesTopicFilter('targets', { [key]: 'a' }, event('target:registered', { [key]: 'a' }))).toBe(true);
    expect(matchesTopicFilter('targets', { [key]: 'a' }, event('target:registered', { [key]: 'b' }))).toBe(false);
    expect(matchesTopicFilter('targets', { [key]: 'a' }, event('target:removed'))).toBe(false);
  });

  test('a start that no target was chosen for yet has the agent type that is wanted', () => {
    expect(matchesTopicFilter('targets', { agentType: 'claude-code' }, event('spin-up:triggered', { targetAgentType: 'claude-code' }))).toBe(true);
  });

  test.each([
    ['capability', 'capabilities'],
    ['boundary', 'boundaries'],
  ])('%s is one of a list, and drops every start of an agent', (key, list) => {
    expect(matchesTopicFilter('targets', { [key]: 'a' }, event('target:registered', { [list]: ['a'] }))).toBe(true);
    expect(matchesTopicFilter('targets', { [key]: 'a' }, event('target:registered', { [list]: ['b'] }))).toBe(false);
    expect(matchesTopicFilter('targets', { [key]: 'a' }, event('spin-up:started', { [key]: 'a' }))).toBe(false);
  });
});

describe('any topic', () => {
  const shown = event('work:assigned', { capability: 'build', boundary: 'personal' });

  test('all given keys must match', () => {
    expect(matchesTopicFilter('work', { capability: 'build', boundary: 'personal' }, shown)).toBe(true);
    expect(matchesTopicFilter('work', { capability: 'build', boundary: 'corporate' }, shown)).toBe(false);
  });

  test.each([{}, { weather: 'rain' }, { constructor: 'x' }, { capability: null }, JSON.parse('{"__proto__":"x"}') as object])(
    '%j excludes nothing',
    (filter) => {
      expect(matchesTopicFilter('work', { ...filter }, shown)).toBe(true);
    },
  );

  test.each([[['build']], [{ a: 1 }], [5]])('a value that no event can show, such as %j, matches nothing', (capability) => {
    expect(matchesTopicFilter('work', { capability }, shown)).toBe(false);
  });
});
