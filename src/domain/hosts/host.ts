import { z } from 'zod';
import { HostId, ProjectId, TargetId, Timestamp } from '../ids.ts';

/** A worker that has not been heard of for this long may be declared gone with its host: six of its beats, and a moment of trouble with PostgreSQL, may be missed. */
export const HOST_SILENT_MS = 30_000;
/** How often a worker says that it is there. */
export const HOST_BEAT_MS = 5000;
/** Of a host's targets, so many are named. */
export const HOST_TARGETS_MAX = 100;

export const HostState = z.enum(['up', 'stopped', 'silent', 'gone']).meta({
  id: 'HostState',
  description:
    'up: its worker was heard of within the last 30 s · stopped: its worker was stopped in order · ' +
    'silent: nothing is heard of its worker, and nobody has stopped it · gone: somebody has declared that it does not come back.',
});
export type HostState = z.infer<typeof HostState>;

const Count = z.int().min(0);

/** A machine whose worker starts agents, as an operator sees it. */
export const Host = z
  .object({
    id: HostId,
    state: HostState,
    hostname: z.string().exactOptional().meta({ description: 'What its machine calls itself, since its worker has said so.' }),
    open: z.boolean().meta({ description: 'Starts are granted there.' }),
    lastSeenAt: Timestamp.nullable().meta({ description: 'When its worker was last heard of; it says so every 5 s.' }),
    updatedAt: Timestamp.meta({ description: 'When it was last opened, stopped or declared gone.' }),
    gone: z
      .object({ at: Timestamp, by: z.string(), reason: z.string().exactOptional() })
      .exactOptional()
      .meta({ description: 'Who has declared it gone, and when; until it is back.' }),
    sessions: z
      .object({ starting: Count, busy: Count, free: Count, draining: Count, total: Count })
      .meta({ description: 'Agents that were started there and are not known to be gone; they count against their targets.' }),
    leftBehind: Count.meta({ description: 'Agents that were declared gone with it, and that nobody has verified: it stops them when it is back.' }),
    targets: z.array(z.object({ id: TargetId, name: z.string(), projectId: ProjectId })).meta({ description: 'Those that name it, the first 100.' }),
    targetsTotal: Count,
  })
  .meta({ id: 'Host' });
export type Host = z.infer<typeof Host>;

export const HostGoneRequest = z
  .object({ reason: z.string().trim().min(1).max(1024).exactOptional().meta({ description: 'Stands in the audit, and in what its agents ended of.' }) })
  .meta({ id: 'HostGoneRequest' });

/** What the ledger knows of a host at one moment. */
export interface HostFacts {
  readonly open: boolean;
  /** Its worker has said within `HOST_SILENT_MS` that it is there, and not since that it leaves. */
  readonly heard: boolean;
  readonly declaredGone: boolean;
}

/** A host that is back is up before it is opened again, so what is heard weighs more than what was declared. */
export function hostStateOf({ open, heard, declaredGone }: HostFacts): HostState {
  if (heard) return 'up';
  if (declaredGone) return 'gone';
  return open ? 'silent' : 'stopped';
}

/** What declaring a host gone does: nothing to one whose worker is there, and nothing more to one that is gone. */
export function judgeDeclaration(facts: HostFacts): 'refuse' | 'declare' | 'declared-already' {
  const state = hostStateOf(facts);
  if (state === 'up') return 'refuse';
  return state === 'gone' ? 'declared-already' : 'declare';
}

/** Why an agent of it has ended. */
export function sayHostGone({ hostId, reason }: { readonly hostId: HostId; readonly reason: string | null }): string {
  return `its host "${hostId}" was declared gone${reason === null ? '' : `: ${reason}`}`;
}
