import { z } from 'zod';
import { EventName } from './event.ts';

/** What a client of the WebSocket can follow; every event belongs to one of them. */
export const EventTopic = z.enum(['work', 'agents', 'targets', 'deployments', 'projects']).meta({ id: 'EventTopic' });
export type EventTopic = z.infer<typeof EventTopic>;

/** By the prefix of its name; a start of an agent is an affair of its target. */
export function topicOf(name: EventName): EventTopic {
  const [prefix] = name.split(':', 1);
  if (prefix === 'work') return 'work';
  if (prefix === 'deployment') return 'deployments';
  if (prefix === 'project') return 'projects';
  return prefix === 'agent' ? 'agents' : 'targets';
}

/** Every name of a topic. */
export function namesOf(topic: EventTopic): readonly EventName[] {
  return EventName.options.filter((name) => topicOf(name) === topic);
}
