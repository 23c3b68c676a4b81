import type { AgentRegistry } from '../src/ports/agent-registry.ts';

/** True when the registry has been listened to for so long without a break; only then silence says something of the agents. */
export function hasListened({ registry, graceMs }: { readonly registry: Pick<AgentRegistry, 'listeningSinceMs'>; readonly graceMs: number }): boolean {
  const sinceMs = registry.listeningSinceMs();
  return sinceMs !== null && performance.now() - sinceMs >= graceMs;
}
