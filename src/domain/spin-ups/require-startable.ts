import { WeftError } from '../errors.ts';
import type { MechanismName, Target } from '../targets/target.ts';

/** Mechanisms that this version can start agents with. */
const STARTABLE: readonly MechanismName[] = ['local'];

/** Throws when a spin-up of this target is in vain: `CONFLICT` when it is disabled, `TARGET_MISCONFIGURED` for its mechanism. */
export function requireStartable({ name, status, mechanism }: Pick<Target, 'name' | 'status' | 'mechanism'>): void {
  if (status === 'disabled') throw new WeftError('CONFLICT', `The target "${name}" is disabled, so nothing is started there; enable it first.`);
  if (STARTABLE.includes(mechanism)) return;
  throw new WeftError(
    'TARGET_MISCONFIGURED',
    `The target "${name}" cannot start agents: its mechanism "${mechanism}" is not available in this version; use "local".`,
  );
}
