import type { AgentGuid } from '../ids.ts';
import { toAgent } from './registry-record.ts';
import type { RegistryRecord } from './registry-record.ts';

/** An agent whose entry shows nothing that it does. */
export interface IdleAgent {
  readonly guid: AgentGuid;
  /** How long that may be so before it is asked to leave. */
  readonly idleLimitMs: number;
  /** When it was last active by its own word; null = it does not say. */
  readonly activeAtMs: number | null;
}

/**
 * The agent, when its entry names a limit for being idle and says nothing against its being idle for that long: null when it is
 * away, has a task, or was active since. How long it has been idle for us is for the ledger to say.
 */
export function toIdleAgent(record: RegistryRecord, nowMs: number): IdleAgent | null {
  const { guid, status, currentTaskCount } = toAgent(record, nowMs);
  const { idleLimitMs, activeAtMs } = record;
  if (idleLimitMs === 0 || status !== 'online' || currentTaskCount > 0) return null;
  return activeAtMs !== null && nowMs - activeAtMs < idleLimitMs ? null : { guid, idleLimitMs, activeAtMs };
}
