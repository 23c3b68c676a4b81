import type { RunnerConfig } from '../src/domain/agents/launch.ts';
import { RUNNER_PROTOCOL } from '../src/domain/agents/registry-entry.ts';
import type { RegistryEntry } from '../src/domain/agents/registry-entry.ts';
import { waitAtMost } from './wait-at-most.ts';

export type Presence = Pick<RegistryEntry, 'status' | 'currentTaskCount'>;

export interface RegistryWriter {
  /** Writes the entry now, and again every 30 s. */
  readonly refresh: () => void;
  /** Writes `offline` and stops; gives up after `timeoutMs`. */
  readonly leave: (timeoutMs: number) => Promise<void>;
}

export interface RegistryPorts {
  readonly put: (key: string, value: string) => Promise<void>;
  readonly presence: () => Presence;
  /** ISO time of the harness's last sign of life. */
  readonly lastActivity: () => string;
}

export interface HostFacts {
  readonly hostname: string;
  readonly username?: string;
}

const REFRESH_MS = 30_000;
// The spin-up waits for the entry, so a registry that is away for a moment must not cost half a minute.
const RETRY_MS = 1000;

/** Keeps the agent's entry in the registry true; a registry that is away never stops the runner. */
export function createRegistryWriter(config: RunnerConfig, host: HostFacts, ports: RegistryPorts): RegistryWriter {
  const registeredAt = new Date().toISOString();
  const interval = setInterval(refresh, REFRESH_MS);
  let wanted = false;
  let writing: Promise<void> | null = null;
  let retry: NodeJS.Timeout | null = null;

  function refresh(): void {
    wanted = true;
    writing ??= write().finally(() => {
      writing = null;
    });
  }

  /** One write at a time, and the last state always: an older write must not overtake a newer one. */
  async function write(): Promise<void> {
    if (retry !== null) clearTimeout(retry);
    retry = null;
    while (wanted) {
      wanted = false;
      if (!(await put(ports.presence()))) retry ??= setTimeout(refresh, RETRY_MS);
    }
  }

  async function put(presence: Presence): Promise<boolean> {
    const now = { registeredAt, lastHeartbeat: new Date().toISOString(), lastActivity: ports.lastActivity() };
    const entry = registryEntry(config, host, { ...presence, ...now });
    return ports.put(config.guid, JSON.stringify(entry)).then(
      () => true,
      () => false,
    );
  }

  async function leave(timeoutMs: number): Promise<void> {
    clearInterval(interval);
    if (retry !== null) clearTimeout(retry);
    wanted = false;
    const written = (writing ?? Promise.resolve()).then(() => put({ status: 'offline', currentTaskCount: 0 }));
    await waitAtMost(written, timeoutMs);
  }

  return { refresh, leave };
}

type Changing = Pick<RegistryEntry, 'status' | 'currentTaskCount' | 'registeredAt' | 'lastHeartbeat' | 'lastActivity'>;

/** The entry as Weft and Warp read it. */
function registryEntry(config: RunnerConfig, host: HostFacts, changing: Changing): RegistryEntry {
  return {
    guid: config.guid,
    handle: config.handle,
    agentType: config.agentType,
    hostname: host.hostname.slice(0, 256),
    projectId: config.projectId,
    ...(host.username === undefined ? {} : { username: host.username.slice(0, 128) }),
    capabilities: config.capabilities.slice(0, 64),
    visibility: 'project-only',
    scope: 'team',
    maxConcurrentTasks: 1,
    spindownAfterIdleMs: config.leaveAfterIdleMs,
    ...changing,
    protocol: RUNNER_PROTOCOL,
    metadata: { agentType: config.agentType, boundaries: config.boundaries.slice(0, 64) },
  };
}
