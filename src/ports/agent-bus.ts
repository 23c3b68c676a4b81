import type { AgentCommand, BridgeStatus, CommandReply } from '../domain/agents/commands.ts';
import type { AgentGuid, ProjectId } from '../domain/ids.ts';

interface AgentAddress {
  readonly projectId: ProjectId;
  readonly guid: AgentGuid;
}

/** What comes of a command: the agent's reply, or why there is none. */
export type CommandAnswer =
  | { readonly kind: 'reply'; readonly reply: CommandReply }
  /** NATS says at once that no one listens. */
  | { readonly kind: 'nobody' }
  /** Somebody listens and did not answer in time, or answered nonsense. */
  | { readonly kind: 'no-answer' }
  /** NATS itself is away. */
  | { readonly kind: 'unreachable' };

/** Talking to agents and bridges by request/reply. Never throws for an agent's silence; bounded by `timeoutMs`. */
export interface AgentBus {
  command: (address: AgentAddress, command: AgentCommand, timeoutMs: number) => Promise<CommandAnswer>;
  /** Resolves when the agent has sent a heartbeat, or after `timeoutMs`: a hint that it can be reached now. */
  whenHeard: (address: AgentAddress, timeoutMs: number) => Promise<void>;
  /** A bridge's word about itself; null when none answers. */
  bridgeStatus: (timeoutMs: number) => Promise<BridgeStatus | null>;
  /** True while connected to NATS. */
  isConnected: () => boolean;
  /** True when NATS answers; false while it is away. Does not settle while it hangs. */
  ping: () => Promise<boolean>;
}
