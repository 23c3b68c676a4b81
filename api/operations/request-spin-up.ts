import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { z } from 'zod';
import type { Author } from '../../src/domain/access/actor.ts';
import type { ProjectId } from '../../src/domain/ids.ts';
import { TargetId, Timestamp } from '../../src/domain/ids.ts';
import { SpinUpId } from '../../src/domain/spin-ups/spin-up.ts';
import type { ApiDeps } from '../deps.ts';
import { wakeCoordinator } from '../engine/wake-coordinator.ts';

/** What the original answered, in both of its shapes. */
export const SpinUpAck = z
  .object({
    success: z.literal(true),
    operationId: SpinUpId,
    targetId: TargetId,
    targetName: z.string(),
    status: z.literal('in-progress'),
    timestamp: Timestamp,
  })
  .meta({ id: 'SpinUpAck' });
export type SpinUpAck = z.infer<typeof SpinUpAck>;

export interface SpinUpWish {
  /** Id of the target, in this project. */
  readonly target: TargetId;
  readonly projectId: ProjectId;
  readonly author: Author;
}

/** Asks for a start on the target, or joins the one that is under way. */
export async function requestSpinUp(deps: ApiDeps, { target, projectId, author }: SpinUpWish, log: FastifyBaseLogger): Promise<SpinUpAck> {
  const asked = { id: randomUUID(), projectId, target, timeoutMs: deps.config.spinUpTimeoutMs };
  const { id: operationId, targetId, targetName, request } = await deps.spinUps.request(asked, author);
  await wakeCoordinator(deps, log);
  return { success: true, operationId, targetId, targetName, status: 'in-progress', timestamp: request.requestedAt };
}
