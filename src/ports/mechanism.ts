import type { Handle } from '../domain/agents/session.ts';
import type { AgentGuid, Fence } from '../domain/ids.ts';
import type { MechanismConfig } from '../domain/targets/mechanism-config.ts';
import type { ProbeResult } from '../domain/targets/probe.ts';

/** What to start: the runner's command and its environment. The mechanism adds the GUID marker and its own allow-list. */
export interface StartRequest {
  readonly guid: AgentGuid;
  readonly fence: Fence;
  /** Program and arguments; never a shell line. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export type StartResult =
  | { readonly kind: 'started'; readonly handle: Handle }
  /** `stop` came first; nothing was started. */
  | { readonly kind: 'tombstoned' };

export type StopResult =
  /** No process of the agent is left: neither the handle's nor any with the GUID's marker. */
  | { readonly kind: 'gone' }
  /** Still alive after TERM, grace and KILL. */
  | { readonly kind: 'alive'; readonly detail: string };

/** How a kind of place starts, looks at and ends agents. Contract suite: test/support/mechanism-contract.ts. */
export interface Mechanism {
  /**
   * Starts the agent once per GUID: a repeated start finds the first one and returns its handle, also when the first caller
   * died in the middle. Throws `SPIN_UP_FAILED`, `SPIN_UP_REFUSED` (no capacity) or `TARGET_MISCONFIGURED` (no use in trying again).
   */
  start: (request: StartRequest, signal: AbortSignal) => Promise<StartResult>;
  /** Whether the handle's process lives. `unreachable`: it cannot be told now. */
  probe: (handle: Handle, signal: AbortSignal) => Promise<'alive' | 'gone' | 'unreachable'>;
  /** Looks, without starting anything, whether a target with this configuration could start agents now; says in one sentence why not. */
  check: (config: MechanismConfig, signal: AbortSignal) => Promise<ProbeResult>;
  /** Leaves a tombstone for late starts, then TERM, `graceMs`, KILL; returns only what was verified. Works without a handle. */
  stop: (request: { guid: AgentGuid; handle: Handle | null; graceMs: number }, signal: AbortSignal) => Promise<StopResult>;
}
