import type { Author } from '../../domain/access/actor.ts';
import type { Agent } from '../../domain/agents/agent.ts';
import type { StartedAgent } from '../../domain/agents/merge-agents.ts';
import type { IdleAgent } from '../../domain/agents/idle-agent.ts';
import type { Sighting, ToldAgent, TrackedAgent } from '../../domain/agents/sighting.ts';
import type { AgentGuid, ProjectId } from '../../domain/ids.ts';

/** Somebody's wish that agents stop. */
export interface ShutdownRequest {
  readonly graceful: boolean;
  /** Between being asked and being killed, for those that we started; absent = as their worker is set. */
  readonly gracePeriodMs?: number | undefined;
  readonly reason: string;
  readonly author: Author;
}

/** Agents as the ledger knows them. Every method throws `LEDGER_UNAVAILABLE` when PostgreSQL is away. */
export interface AgentLedger {
  /** Agents that we started and that have registered: all that are not gone, and those among `registered` that are. */
  listStarted: (registered: readonly AgentGuid[]) => Promise<readonly StartedAgent[]>;
  /** One that we started, gone or not; null when it never registered, or is none of ours. */
  findStarted: (guid: Agent['guid']) => Promise<StartedAgent | null>;
  /**
   * Writes down who wants these agents to stop. Those that we started are granted nothing more and are told again until they
   * end; returns them. The others must be told by whoever calls.
   */
  requestShutdown: (agents: readonly { guid: AgentGuid; projectId: ProjectId }[], request: ShutdownRequest) => Promise<ReadonlySet<AgentGuid>>;
  /** The agents that we did not start and of which it was last told that they are there, at most 20,000. */
  listTold: () => Promise<readonly TrackedAgent[]>;
  /**
   * Records what has changed with agents that we did not start (events `agent:registered`, `agent:updated`, `agent:shutdown`),
   * each change once however many call; what is older than what is known changes nothing. Returns what is known now, and `own`
   * for those that we started, of which nothing is recorded here.
   */
  recordSightings: (sightings: readonly Sighting[]) => Promise<readonly (ToldAgent | { readonly guid: AgentGuid; readonly own: true })[]>;
  /**
   * Has `tell` ask those to leave that we did not start and that, for as long as their limit, have held no work of ours, had no task
   * and not changed: each once in such a time, however many call, written down as `requestShutdown` does, and not given work for the
   * moment that leaving takes. When `tell` throws, nothing is written and the error is passed on. Returns who was told.
   */
  askIdle: (idle: readonly IdleAgent[], tell: (agents: readonly { guid: AgentGuid; projectId: ProjectId }[]) => Promise<void>) => Promise<readonly AgentGuid[]>;
  /** Forgets agents that left more than `olderThanMs` ago, at most `limit`; returns how many. */
  forgetLeft: (bounds: { olderThanMs: number; limit: number }) => Promise<number>;
}
