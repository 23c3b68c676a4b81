import type { Needs } from '../work/classify.ts';
import type { CandidateRule, Offers } from './rank-candidates.ts';

/** In this order: what came closest to a grant is the reason. */
const REASONS: readonly (readonly [Exclude<CandidateRule, 'kept'>, (needs: Needs) => string])[] = [
  ['needs-approval', ({ capability }) => `waits for approval: whatever could take "${capability}" now needs one`],
  ['no-start', ({ capability, boundary }) => `waits for a free agent for "${capability}": the rule of the boundary "${boundary}" starts none`],
  ['at-limit', ({ capability }) => `every target for "${capability}" is at its limit of agents`],
  ['start-rate', ({ capability }) => `every target for "${capability}" has started as many agents as it may within a minute`],
  ['cooling-down', ({ capability }) => `every target for "${capability}" rests after a failed start`],
  ['mechanism-limit', ({ capability }) => `the project is at its limit of slots for the mechanisms that serve "${capability}"`],
  ['breaker-open', ({ capability }) => `the breaker of every target for "${capability}" is open: starts failed there`],
  ['unhealthy', ({ capability }) => `every target for "${capability}" is unhealthy`],
  ['host-closed', ({ capability }) => `the host of every target for "${capability}" is stopped`],
  ['taken', ({ capability }) => `every agent for "${capability}" is taken`],
  ['disabled', ({ capability }) => `every target for "${capability}" is disabled`],
  ['mechanism-unavailable', ({ capability }) => `no target for "${capability}" has a mechanism by which this version can start agents`],
  ['agent-type', ({ capability, boundary }) => `no target for "${capability}" has an agent type that the boundary "${boundary}" allows`],
  ['boundary', ({ capability, boundary }) => `no target for "${capability}" allows the boundary "${boundary}"`],
  ['capability', ({ capability }) => `no target has the capability "${capability}"`],
];

/** Why there is nothing for items of this kind, in a sentence. */
export function whyNone(needs: Needs, offers: Offers): string {
  const dropped = offers.dropped();
  return REASONS.find(([rule]) => dropped.has(rule))?.[1](needs) ?? 'the project has no target';
}
