import { describe, expect, test } from '@jest/globals';
import { CONTRACT_EVENT_NAMES, ContractEvent, isContractEventName } from '../../../src/domain/events/contract-events.ts';
import { EventName } from '../../../src/domain/events/event.ts';
import type { WeftEvent } from '../../../src/domain/events/event.ts';
import { namesOf, topicOf } from '../../../src/domain/events/topic.ts';
import { toOutwardEvent } from '../../../src/domain/events/to-outward-event.ts';

const ITEM = 'd2c1a7f0-58f5-4c8e-9d21-6b9a9f6a3a11';

function record(part: Partial<WeftEvent>): WeftEvent {
  return { entityType: 'work', entityId: ITEM, seq: 1, type: 'work:queued', projectId: 'p', timestamp: '2026-01-01T00:00:00.000Z', data: {}, ...part };
}

describe('the names', () => {
  test('the contract has nineteen, all of them known to the record', () => {
    expect(CONTRACT_EVENT_NAMES).toHaveLength(19);
    expect(CONTRACT_EVENT_NAMES.filter((name) => !EventName.options.includes(name))).toEqual([]);
    expect(isContractEventName('work:queued')).toBe(false);
  });

  test.each([
    ['work:submitted', 'work'],
    ['agent:gone', 'agents'],
    ['target:removed', 'targets'],
    ['spin-up:failed', 'targets'],
  ] as const)('%s belongs to %s', (name, topic) => {
    expect(topicOf(name)).toBe(topic);
    expect(namesOf(topic)).toContain(name);
  });
});

describe('the outward form', () => {
  test('carries type, time, project and the recorded facts', () => {
    const event = record({ type: 'work:failed', data: { workId: ITEM, taskId: 't', errorMessage: 'exit 1', recoverable: true } });

    expect(toOutwardEvent(event)).toEqual({ type: 'work:failed', timestamp: event.timestamp, projectId: 'p', ...event.data });
  });

  test('says of a submitted item what was submitted', () => {
    expect(toOutwardEvent(record({ type: 'work:submitted' }), { description: 'Paint it.' })).toMatchObject({ workId: ITEM, description: 'Paint it.' });
  });

  test('says who is assigned, also when nothing is known of the agent', () => {
    const event = record({ type: 'work:started', data: { assignedTo: 'a' } });

    expect(toOutwardEvent(event, { agent: { guid: 'a', agentType: 'copilot-cli', handle: 'h' } })['assignedToAgent']).toEqual({
      guid: 'a',
      agentType: 'copilot-cli',
      handle: 'h',
    });
    expect(toOutwardEvent(event)['assignedToAgent']).toEqual({ guid: 'a', agentType: expect.any(String) });
    expect(toOutwardEvent(record({ type: 'work:cancelled' }))).not.toHaveProperty('assignedToAgent');
  });

  test.each([
    [-5, 0],
    [42.5, 42.5],
    [1000, 100],
  ])('progress %d is shown as %d', (progress, shown) => {
    expect(toOutwardEvent(record({ type: 'work:progress', data: { progress } }))['progress']).toBe(shown);
  });

  test.each<[EventName, WeftEvent['entityType']]>([
    ['agent:registered', 'agent'],
    ['target:registered', 'target'],
  ])('lists are there on %s although the record lacks them', (type, entityType) => {
    expect(toOutwardEvent(record({ type, entityType }))).toMatchObject({ capabilities: [], boundaries: [] });
  });

  test('the recorded facts win, but never over type, time and project', () => {
    const event = record({
      entityType: 'agent',
      type: 'agent:updated',
      data: { agent: { guid: 'a', agentType: 'x' }, newStatus: 'busy', type: 'odd', projectId: 'odd' },
    });

    expect(toOutwardEvent(event)).toMatchObject({ agent: { guid: 'a', agentType: 'x' }, type: 'agent:updated', projectId: 'p' });
  });

  test('an event with a field that is not as promised is no contract event', () => {
    const good = toOutwardEvent(record({ type: 'work:failed', data: { errorMessage: 'x', recoverable: true } }));

    expect(ContractEvent.safeParse(good).success).toBe(true);
    expect(ContractEvent.safeParse({ ...good, recoverable: 'yes' }).success).toBe(false);
  });
});
