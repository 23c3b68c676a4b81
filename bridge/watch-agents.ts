import type { Logger } from 'pino';
import { isSilent } from '../src/domain/agents/registry-record.ts';
import type { RegistryRecord } from '../src/domain/agents/registry-record.ts';
import { hasOnlyMoreToDo, isToldAlready, sight, sightGone, sightMissing } from '../src/domain/agents/sighting.ts';
import type { Sighting, ToldAgent, TrackedAgent } from '../src/domain/agents/sighting.ts';
import type { AgentRegistry } from '../src/ports/agent-registry.ts';
import type { AgentLedger } from '../src/ports/ledger/agent-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { hasListened } from './has-listened.ts';
import { pause } from './pause.ts';

export interface AgentWatchDeps {
  readonly registry: Pick<AgentRegistry, 'list' | 'nowMs' | 'listeningSinceMs' | 'whenRead' | 'whenChanged'>;
  readonly agents: Pick<AgentLedger, 'listTold' | 'recordSightings' | 'forgetLeft'>;
  readonly engine: Pick<WorkEngine, 'wakeCoordinator'>;
  readonly logger: Logger;
  /** It looks at least this often, because silence is told by nobody. */
  readonly lookIntervalMs: number;
  /** Silence is believed only after listening for this long; agents say twice a minute, or once, that they live. */
  readonly graceMs: number;
}

const FIRST_READ_WAIT_MS = 5000;
// Many heartbeats that come together are looked at together.
const SETTLE_MS = 50;
const BATCH_MAX = 100;
const FAILED_AGAIN_MS = 2000;
const FORGOTTEN_AFTER_MS = 7 * 86_400_000;
const FORGET_INTERVAL_MS = 3_600_000;
const FORGET_MAX = 5000;

/**
 * Tells the ledger when an agent that Weft did not start comes, changes or goes; until `signal` aborts. What has not changed is
 * compared in memory, so that a thousand agents that only beat cost PostgreSQL nothing.
 */
export async function watchAgents(deps: AgentWatchDeps, signal: AbortSignal): Promise<void> {
  const watch = new AgentWatch(deps);
  let forgottenAtMs = -Infinity;
  while (!signal.aborted) {
    try {
      if (await deps.registry.whenRead(FIRST_READ_WAIT_MS)) await watch.look();
      if (performance.now() - forgottenAtMs > FORGET_INTERVAL_MS) {
        await deps.agents.forgetLeft({ olderThanMs: FORGOTTEN_AFTER_MS, limit: FORGET_MAX });
        forgottenAtMs = performance.now();
      }
      await deps.registry.whenChanged(deps.lookIntervalMs, signal);
      await pause(SETTLE_MS, signal);
    } catch (error) {
      deps.logger.warn({ err: error }, 'what agents do waits to be recorded');
      await pause(FAILED_AGAIN_MS, signal);
    }
  }
}

/**
 * `#told` is what the ledger knows, `#missing` those of it that the registry has never shown us; both null until it was asked.
 * `#shown` is what the registry held at the last look.
 */
class AgentWatch {
  readonly #deps: AgentWatchDeps;
  readonly #own = new Set<string>();
  /** The sightings that the ledger has judged, so that one that it knows better is not brought again. */
  readonly #judged = new Map<string, string>();
  #told: Map<string, ToldAgent> | null = null;
  #missing = new Map<string, TrackedAgent>();
  #shown = new Map<string, RegistryRecord>();

  constructor(deps: AgentWatchDeps) {
    this.#deps = deps;
  }

  async look(): Promise<void> {
    const told = await this.#knownToLedger();
    const shown = new Map(this.#deps.registry.list().map((record) => [record.agent.guid, record]));
    for (const guid of shown.keys()) this.#missing.delete(guid);
    const news = [...this.#sightings(shown), ...this.#gone(shown)].filter((seen) => this.#isNews(told, seen));
    for (let index = 0; index < news.length; index += BATCH_MAX) await this.#record(told, news.slice(index, index + BATCH_MAX));
    this.#shown = shown;
    for (const guid of this.#judged.keys()) if (!shown.has(guid)) this.#judged.delete(guid);
    for (const guid of this.#own) if (!shown.has(guid)) this.#own.delete(guid);
  }

  async #knownToLedger(): Promise<Map<string, ToldAgent>> {
    if (this.#told === null) {
      this.#missing = new Map((await this.#deps.agents.listTold()).map((agent) => [agent.guid, agent]));
      this.#told = new Map(this.#missing);
    }
    return this.#told;
  }

  #sightings(shown: ReadonlyMap<string, RegistryRecord>): readonly Sighting[] {
    const nowMs = this.#deps.registry.nowMs();
    const seen = [...shown.values()].map((record) => sight(record, nowMs));
    return hasListened(this.#deps) ? seen : seen.filter(({ how }) => how !== 'silent');
  }

  /** Those that were there at the last look. Who went while nobody looked is silent, for all that can be known. */
  #gone(shown: ReadonlyMap<string, RegistryRecord>): readonly Sighting[] {
    const nowMs = this.#deps.registry.nowMs();
    const left = [...this.#shown].filter(([guid]) => !shown.has(guid));
    const gone = left.map(([, record]) => sightGone(record, isSilent(record.aliveAtMs, nowMs) ? 'silent' : 'removed'));
    return hasListened(this.#deps) ? [...gone, ...[...this.#missing.values()].map(sightMissing)] : gone;
  }

  #isNews(told: ReadonlyMap<string, ToldAgent>, seen: Sighting): boolean {
    return !this.#own.has(seen.guid) && !isToldAlready(told.get(seen.guid), seen) && this.#judged.get(seen.guid) !== markOf(seen);
  }

  async #record(told: Map<string, ToldAgent>, sightings: readonly Sighting[]): Promise<void> {
    const before = sightings.map(({ guid }) => told.get(guid));
    for (const result of await this.#deps.agents.recordSightings(sightings)) {
      if ('own' in result) this.#own.add(result.guid);
      else if (result.status === 'offline') told.delete(result.guid);
      else told.set(result.guid, result);
    }
    for (const seen of sightings) this.#judged.set(seen.guid, markOf(seen));
    // An agent that came, or has room again, may be what an item waits for; one that went may be what it waits to be rid of.
    if (sightings.some((seen, index) => !this.#own.has(seen.guid) && !hasOnlyMoreToDo(before[index], seen))) await this.#wake();
  }

  /** What was recorded stays so: the coordinator looks by itself soon. */
  async #wake(): Promise<void> {
    try {
      await this.#deps.engine.wakeCoordinator();
    } catch (error) {
      this.#deps.logger.debug({ err: error }, 'the coordinator was not woken');
    }
  }
}

function markOf({ storedAtMs, revision, status, taskCount, how }: Sighting): string {
  return [storedAtMs, revision, status, taskCount, how].join(':');
}
