import { z } from 'zod';
import { AgentGuid, TargetId, WorkId } from '../ids.ts';
import { targetChangeSubject, targetHealthSubject } from '../subjects.ts';
import type { TargetChange } from '../subjects.ts';
import { AgentType, HealthStatus } from '../targets/target.ts';
import type { Target } from '../targets/target.ts';
import type { EventName, WeftEvent } from './event.ts';

/** What the original Weft said on NATS when something happened: a message, or a target as it is now. */
export type Announcement =
  | { readonly kind: 'message'; readonly subject: string; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'target'; readonly subject: string; readonly targetId: TargetId };

const CHANGES: Readonly<Partial<Record<EventName, TargetChange>>> = {
  'target:registered': 'register',
  'target:updated': 'update',
  'target:disabled': 'update',
  'target:removed': 'remove',
};

const HealthData = z.object({ targetId: TargetId, targetName: z.string(), newHealth: HealthStatus, error: z.string().exactOptional() });
const SpinUpData = z.object({ targetId: TargetId, agentType: AgentType, workId: WorkId.exactOptional(), errorMessage: z.string().exactOptional() });
const AgentData = z.object({ agentGuid: AgentGuid });

/** Null for events that the original said nothing about. */
export function toAnnouncement(event: WeftEvent): Announcement | null {
  const change = CHANGES[event.type];
  if (change !== undefined) return { kind: 'target', subject: targetChangeSubject(event.projectId, change), targetId: event.entityId };
  if (event.type === 'target:health-changed') return healthChanged(event);
  return event.type === 'spin-up:completed' || event.type === 'spin-up:failed' ? spinUpEnded(event) : null;
}

function healthChanged({ data, projectId, timestamp }: WeftEvent): Announcement | null {
  const known = HealthData.safeParse(data);
  if (!known.success) return null;
  const { newHealth: healthStatus, ...facts } = known.data;
  return { kind: 'message', subject: targetHealthSubject(projectId, facts.targetId), body: { ...facts, healthStatus, timestamp } };
}

/** `event` has the form of a target's `lastSpinUp`. */
function spinUpEnded({ type, data, projectId, timestamp: time, agentGuid }: WeftEvent): Announcement | null {
  const known = SpinUpData.safeParse(data);
  if (!known.success) return null;
  const { targetId, agentType, workId, errorMessage } = known.data;
  const guid = agentGuid ?? AgentData.safeParse(data).data?.agentGuid;
  const event: NonNullable<Target['lastSpinUp']> = {
    time,
    outcome: type === 'spin-up:completed' ? 'success' : 'failure',
    ...(workId === undefined ? {} : { workItemId: workId }),
    ...(guid === undefined ? {} : { agent: { guid, agentType } }),
    ...(errorMessage === undefined ? {} : { error: errorMessage }),
  };
  return { kind: 'message', subject: targetChangeSubject(projectId, 'update'), body: { type: 'spin-up', targetId, event } };
}
