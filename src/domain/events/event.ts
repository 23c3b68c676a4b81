import { z } from 'zod';
import { AgentGuid, ProjectId, Timestamp } from '../ids.ts';

export const EntityType = z.enum(['work', 'agent', 'target', 'deployment', 'project']);
export type EntityType = z.infer<typeof EntityType>;

/** Wire names of everything that is recorded; those of weft-contract §6 keep their names, the others are ours. */
export const EventName = z.enum([
  'work:submitted',
  'work:queued',
  'work:granted',
  'work:assigned',
  'work:started',
  'work:progress',
  'work:question',
  'work:answered',
  'work:question-expired',
  'work:approval-requested',
  'work:approved',
  'work:rejected',
  'work:approval-expired',
  'work:attempt-failed',
  'work:report-refused',
  'work:cancel-requested',
  'work:completed',
  'work:failed',
  'work:cancelled',
  'work:retried',
  'work:updated',
  'agent:starting',
  'agent:registered',
  'agent:updated',
  'agent:shutdown',
  'agent:gone',
  'target:registered',
  'target:updated',
  'target:disabled',
  'target:removed',
  'target:health-changed',
  'target:breaker-opened',
  'target:breaker-half-opened',
  'target:breaker-closed',
  'spin-up:triggered',
  'spin-up:started',
  'spin-up:completed',
  'spin-up:failed',
  'deployment:created',
  'deployment:updated',
  'deployment:paused',
  'deployment:resumed',
  'deployment:restarted',
  'deployment:draining',
  'deployment:removing',
  'deployment:removed',
  'deployment:phase-changed',
  'deployment:replica-starting',
  'deployment:replica-stopping',
  'deployment:replica-ended',
  'project:paused',
  'project:draining',
  'project:resumed',
]);
export type EventName = z.infer<typeof EventName>;

/** Small facts only: no descriptions, prompts, output or secrets. */
export const EventData = z.record(z.string(), z.unknown());
export type EventData = z.infer<typeof EventData>;

/** One thing that happened, as stored and as published. */
export const WeftEvent = z
  .object({
    /** Gapless over all entities, given by the relay; absent until then. */
    position: z.int().min(1).exactOptional(),
    entityType: EntityType,
    entityId: z.string(),
    /** 1, 2, 3 … per entity. */
    seq: z.int().min(1),
    type: EventName,
    projectId: ProjectId,
    timestamp: Timestamp,
    fence: z.int().min(0).exactOptional(),
    agentGuid: AgentGuid.exactOptional(),
    data: EventData,
  })
  .meta({ id: 'WeftEvent' });
export type WeftEvent = z.infer<typeof WeftEvent>;
