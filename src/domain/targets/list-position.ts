import { z } from 'zod';
import { canStart } from './can-start.ts';
import type { Target } from './target.ts';

/**
 * A target's place in lists: those that can start agents stand before those that cannot, then by name; older clients take the
 * first one. The rank changes only when somebody changes or checks the target.
 */
export const ListPosition = z.object({ rank: z.int().min(0).max(1), name: z.string().min(1).max(128) });
export type ListPosition = z.infer<typeof ListPosition>;

export function listPositionOf({ name, status, mechanism }: Pick<Target, 'name' | 'status' | 'mechanism'>): ListPosition {
  return { rank: canStart(mechanism) && status !== 'disabled' && status !== 'error' ? 0 : 1, name };
}
