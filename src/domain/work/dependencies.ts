import { z } from 'zod';
import type { WorkId } from '../ids.ts';

/** On so many others an item may depend. */
export const DEPENDENCIES_MAX = 50;

/** What becomes of an item when one that it depends on failed or was cancelled: it fails too, or goes on as if that one had ended well. */
export const OnDependencyFailure = z.enum(['fail', 'release']).meta({ id: 'OnDependencyFailure' });
export type OnDependencyFailure = z.infer<typeof OnDependencyFailure>;

/** An item that another one depends on; `outcome` null = it has not ended, as far as that one knows. */
export interface Dependency {
  readonly id: WorkId;
  readonly outcome: 'completed' | 'dead-lettered' | 'cancelled' | null;
}

export type DependencyVerdict =
  { readonly kind: 'ready' } | { readonly kind: 'waits'; readonly reason: string } | { readonly kind: 'failed'; readonly reason: string };

/** Whether an item may be granted anything, as far as others matter. */
export function judgeDependencies(dependencies: readonly Dependency[], onFailure: OnDependencyFailure): DependencyVerdict {
  const failed = onFailure === 'fail' ? dependencies.find(hasFailed) : undefined;
  if (failed !== undefined) return { kind: 'failed', reason: whyFailed(failed) };
  const open = dependencies.filter(({ outcome }) => outcome === null).length;
  if (open === 0) return { kind: 'ready' };
  return { kind: 'waits', reason: `waits for ${String(open)} other item${open === 1 ? '' : 's'}` };
}

/** Why an item fails that depends on this one, which has not ended well. */
export function whyFailed({ id, outcome }: Dependency): string {
  return `work item ${id}, which it depends on, ${outcome === 'cancelled' ? 'was cancelled' : 'failed'}`;
}

function hasFailed({ outcome }: Dependency): boolean {
  return outcome === 'dead-lettered' || outcome === 'cancelled';
}
