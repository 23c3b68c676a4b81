import type { EventTopic } from './topic.ts';
import type { OutwardEvent } from './to-outward-event.ts';

/** What a client of the WebSocket asks of a topic's events: all given keys must match, unknown keys do not count. */
export type TopicFilter = Readonly<Record<string, unknown>>;

/** The value that an event shows for a key; `ANY` when the key says nothing about this event. */
type Reading = (event: OutwardEvent) => unknown;

const ANY = Symbol('matches every value');

const READINGS: Readonly<Record<EventTopic, Readonly<Record<string, Reading>>>> = {
  work: {
    status: ({ type }) => (Object.hasOwn(WORK_STATUS, type) ? WORK_STATUS[type] : undefined),
    capability: (event) => event['capability'],
    boundary: (event) => event['boundary'],
    taskId: (event) => event['taskId'],
    assignedTo: (event) => event['assignedTo'],
  },
  agents: {
    status: (event) => (event.type === 'agent:shutdown' ? 'offline' : statusOf(event)),
    agentType: (event) => agentOf(event)['agentType'],
    guid: (event) => agentOf(event)['guid'],
    capability: (event) => event['capabilities'],
    boundary: (event) => event['boundaries'],
  },
  targets: {
    status: targetStatusOf,
    agentType: (event) => event['agentType'] ?? event['targetAgentType'],
    capability: (event) => event['capabilities'],
    boundary: (event) => event['boundaries'],
    mechanism: (event) => event['mechanism'],
    targetId: (event) => event['targetId'],
  },
  deployments: { deploymentId: (event) => event['deploymentId'] },
  projects: {},
};

const WORK_STATUS: Readonly<Record<string, string>> = {
  'work:submitted': 'pending',
  'work:queued': 'pending',
  'work:granted': 'pending',
  'work:retried': 'pending',
  'work:approval-requested': 'pending',
  'work:approved': 'pending',
  'work:assigned': 'assigned',
  'work:started': 'in-progress',
  'work:progress': 'in-progress',
  'work:question': 'in-progress',
  'work:answered': 'in-progress',
  'work:completed': 'completed',
  'work:failed': 'failed',
  'work:cancelled': 'cancelled',
};

const TARGET_STATUS: Readonly<Record<string, string>> = { 'target:registered': 'available', 'target:disabled': 'disabled' };

/** True when the event shows every value that the filter asks for; one of a list is enough. An event that lacks a field does not match. */
export function matchesTopicFilter(topic: EventTopic, filter: TopicFilter, event: OutwardEvent): boolean {
  const readings = READINGS[topic];
  return Object.entries(filter).every(([key, wanted]) => {
    const reading = Object.hasOwn(readings, key) ? readings[key] : undefined;
    if (reading === undefined || wanted === undefined || wanted === null) return true;
    const shown = reading(event);
    if (shown === ANY) return true;
    return Array.isArray(shown) ? shown.includes(wanted) : shown !== undefined && shown === wanted;
  });
}

function statusOf(event: OutwardEvent): unknown {
  return event['newStatus'] ?? event['status'];
}

function targetStatusOf(event: OutwardEvent): unknown {
  if (event.type === 'target:updated') return event['newStatus'];
  return Object.hasOwn(TARGET_STATUS, event.type) ? TARGET_STATUS[event.type] : ANY;
}

function agentOf(event: OutwardEvent): Readonly<Record<string, unknown>> {
  const { agent } = event as { agent?: unknown };
  return typeof agent === 'object' && agent !== null ? (agent as Record<string, unknown>) : {}; // an object has string keys
}
