import { WeftError } from '../errors.ts';
import { canStart, whyNotStarted } from '../targets/can-start.ts';
import type { Target } from '../targets/target.ts';

/** Throws when a spin-up of this target is in vain: `CONFLICT` when it is disabled, `TARGET_MISCONFIGURED` for its mechanism. */
export function requireStartable({ name, status, mechanism }: Pick<Target, 'name' | 'status' | 'mechanism'>): void {
  if (status === 'disabled') throw new WeftError('CONFLICT', `The target "${name}" is disabled, so nothing is started there; enable it first.`);
  if (!canStart(mechanism)) throw new WeftError('TARGET_MISCONFIGURED', `Nothing can be started on the target "${name}". ${whyNotStarted(mechanism)}`);
}
