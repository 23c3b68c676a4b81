import type { AgentGuid } from '../domain/ids.ts';
import type { RegistryRecord } from '../domain/agents/registry-record.ts';

/**
 * KV `agent-registry` as this process last saw it: one watch into a bounded cache, so that asking costs nothing and never
 * waits. While NATS is away it says what it knew; a bucket that was lost is forgotten only as its agents fall silent.
 */
export interface AgentRegistry {
  /** All agents, in order of GUID. */
  list: () => readonly RegistryRecord[];
  find: (guid: AgentGuid) => RegistryRecord | null;
  /** Waits, at most `timeoutMs`, until the whole bucket was read once; true when it was. */
  whenRead: (timeoutMs: number) => Promise<boolean>;
  /**
   * Now, on the clock by which agents fall silent. It stands still while we hear nothing and a moment after, so that our own
   * deafness makes nobody silent.
   */
  nowMs: () => number;
  /** Since when it has been listening without a break; null while it is not. On the clock of `performance.now()`. */
  listeningSinceMs: () => number | null;
  /** Resolves when something was written since the last call, after `timeoutMs`, or when `signal` aborts. One caller at a time. */
  whenChanged: (timeoutMs: number, signal: AbortSignal) => Promise<void>;
}
