import type { MechanismName } from './target.ts';

/** The mechanisms with which this version starts agents. Targets of the others can be registered, and wait for the version that can. */
export const STARTING_MECHANISMS: readonly MechanismName[] = ['local'];

export function canStart(mechanism: MechanismName): boolean {
  return STARTING_MECHANISMS.includes(mechanism);
}

/** For a person who wonders why nothing is started there. */
export function whyNotStarted(mechanism: MechanismName): string {
  return `This version cannot start agents by "${mechanism}"; it can by ${STARTING_MECHANISMS.map((name) => `"${name}"`).join(', ')}.`;
}
