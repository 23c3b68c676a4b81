import type { WeftEvent } from './event.ts';
import type { EventAgent } from './contract-events.ts';

/** What the outward form of an event says and the record leaves out, looked up when somebody is to see it. */
export interface EventFacts {
  /** Of a submitted item: text stays out of the record and off the bus. */
  readonly description?: string;
  /** Who works, or worked, on the item. */
  readonly agent?: EventAgent;
}

/** The event object that clients of the WebSocket receive as `data`. */
export type OutwardEvent = Readonly<Record<string, unknown>> & Pick<WeftEvent, 'type' | 'timestamp' | 'projectId'>;

const UNKNOWN_AGENT_TYPE = 'claude-code';

/** The record in the form of the contract. What clients read without looking (arrays, `agent`) is there, also for records that lack it. */
export function toOutwardEvent(event: WeftEvent, facts: EventFacts = {}): OutwardEvent {
  const { type, timestamp, projectId, data } = event;
  return { ...defaultsOf(event, facts), ...data, ...corrected(event), type, timestamp, projectId };
}

function defaultsOf(event: WeftEvent, facts: EventFacts): Record<string, unknown> {
  switch (event.entityType) {
    case 'work':
      return { workId: event.entityId, taskId: event.entityId, ...ofWork(event, facts) };
    case 'agent':
      return ofAgent(event, facts);
    case 'deployment':
      return { deploymentId: event.entityId };
    case 'project':
      return {};
    case 'target':
      return { targetId: event.entityId, targetName: event.entityId, ...listsOf(event.type) };
  }
}

function ofWork(event: WeftEvent, facts: EventFacts): Record<string, unknown> {
  const guid = typeof event.data['assignedTo'] === 'string' ? event.data['assignedTo'] : undefined;
  const assigned = guid === undefined ? {} : { assignedToAgent: facts.agent ?? { guid, agentType: UNKNOWN_AGENT_TYPE } };
  if (event.type === 'work:submitted') return { description: facts.description ?? '' };
  return event.type === 'work:progress' ? { ...assigned, progress: 0 } : assigned;
}

/** Starts of agents are told under the agent, but speak of its target. */
function ofAgent(event: WeftEvent, facts: EventFacts): Record<string, unknown> {
  if (!event.type.startsWith('agent:')) return {};
  const agent = facts.agent ?? { guid: event.agentGuid ?? event.entityId, agentType: UNKNOWN_AGENT_TYPE };
  return { agent, ...listsOf(event.type), ...(event.type === 'agent:updated' ? { currentTaskCount: 0 } : {}) };
}

function listsOf(type: WeftEvent['type']): Record<string, unknown> {
  return type === 'agent:registered' || type === 'target:registered' ? { capabilities: [], boundaries: [] } : {};
}

function corrected({ type, data }: WeftEvent): Record<string, unknown> {
  const { progress } = data;
  return type === 'work:progress' && typeof progress === 'number' ? { progress: Math.min(100, Math.max(0, progress)) } : {};
}
