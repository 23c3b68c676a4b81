import type { TargetId } from '../ids.ts';
import { TIMEOUT_MESSAGE } from '../spin-ups/spin-up.ts';
import type { SpinUpId } from '../spin-ups/spin-up.ts';
import { canStart } from '../targets/can-start.ts';
import { whyHeld } from './holds.ts';
import type { Room } from './room.ts';
import type { Snapshot, SpinUpRequest, TargetCapacity } from './snapshot.ts';

export type SpinUpDecision =
  | { readonly kind: 'start'; readonly operationId: SpinUpId; readonly targetId: TargetId }
  | { readonly kind: 'wait'; readonly operationId: SpinUpId; readonly reason: string; readonly untilMs: number }
  | { readonly kind: 'end'; readonly operationId: SpinUpId; readonly status: 'failed' | 'timeout'; readonly message: string };

/** Starts that somebody asked for: who gets room, the oldest first, and why the others wait or wait no longer. Takes from `room`. */
export function placeSpinUps({ spinUps, holds }: Pick<Snapshot, 'spinUps' | 'holds'>, room: Room, nowMs: number): readonly SpinUpDecision[] {
  return [...spinUps].sort(byAge).map((request) => place(request, { room, holds }, nowMs));
}

function place(
  { operationId, targetId, timeoutAtMs }: SpinUpRequest,
  { room, holds }: { room: Room } & Pick<Snapshot, 'holds'>,
  nowMs: number,
): SpinUpDecision {
  if (timeoutAtMs <= nowMs) return { kind: 'end', operationId, status: 'timeout', message: TIMEOUT_MESSAGE };
  const target = room.findTarget(targetId);
  if (target === undefined || target.disabled || !canStart(target.mechanism))
    return { kind: 'end', operationId, status: 'failed', message: 'The target was removed or disabled.' };
  const reason = whyHeld(holds, target.projectId) ?? whyNoRoom(target, room);
  if (reason !== null) return { kind: 'wait', operationId, reason, untilMs: timeoutAtMs };
  room.takeStart(targetId);
  return { kind: 'start', operationId, targetId };
}

function whyNoRoom(target: TargetCapacity, room: Room): string | null {
  if (!target.hostOpen) return `the host of the target "${target.name}" is stopped`;
  const refusal = room.breakerRefusal(target);
  if (refusal === 'unhealthy') return `the target "${target.name}" is unhealthy`;
  if (refusal === 'breaker-open') return `the breaker of the target "${target.name}" is open: starts failed there`;
  const rest = room.restRefusal(target);
  if (rest === 'cooling-down') return `the target "${target.name}" rests after a failed start`;
  if (rest === 'start-rate') return `the target "${target.name}" has started as many agents as it may within a minute`;
  return room.targetHasRoom(target) ? null : `the target "${target.name}" is at its limit of agents`;
}

function byAge(a: SpinUpRequest, b: SpinUpRequest): number {
  return a.requestedAtMs - b.requestedAtMs || (a.operationId < b.operationId ? -1 : 1);
}
