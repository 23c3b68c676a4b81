/** Names one process for good on one boot: a pid comes back, a pid with its start does not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot; where there is no /proc, seconds since 1970. */
  readonly startTicks: number;
}

export interface ProcessFacts extends ProcessIdentity {
  readonly parentPid: number;
  readonly groupId: number;
  readonly sessionId: number;
  /** A zombie: it runs nothing any more and only waits to be collected. */
  readonly isDead: boolean;
  /** Value of the GUID marker in its environment; null without one, or when the environment may not be read. */
  readonly agentGuid: string | null;
}

/** The host's processes as starting and stopping need to see them. */
export interface ProcessTable {
  /** Changes with every boot of the host. */
  readonly bootId: () => Promise<string>;
  /** Processes started at `sinceTicks` or later; 0 = all. */
  readonly list: (sinceTicks: number) => Promise<readonly ProcessFacts[]>;
  /** Those that live now: same pid, same start, no zombie. Synchronous, so that a signal can follow before anything else happens. */
  readonly alive: (processes: readonly ProcessIdentity[]) => readonly ProcessIdentity[];
  /** The process that has this pid now; null when there is none. */
  readonly identify: (pid: number) => ProcessIdentity | null;
}

export function isSameProcess(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.startTicks === b.startTicks;
}
