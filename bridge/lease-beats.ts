import { assumedSentAtMs, decideHeartbeat, leaseIntervalMs } from '../src/domain/agents/heartbeat-throttle.ts';
import type { Heartbeat } from '../src/domain/agents/report.ts';
import type { Fence, WorkId } from '../src/domain/ids.ts';
import type { AgedLease, LeaseLedger, LiveLease } from '../src/ports/ledger/lease-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { BoundedMap } from './bounded-map.ts';

export interface LeaseBeatsDeps {
  readonly leases: Pick<LeaseLedger, 'findLease'>;
  readonly engine: Pick<WorkEngine, 'heartbeat'>;
  readonly nowMs: () => number;
}

/** Keeps the awaiting activity of each item alive while its harness is active. Throws when the ledger or the engine is away. */
export interface LeaseBeats {
  /** A runner's heartbeat; counts only as far as it tells of an active harness. */
  readonly heartbeat: (heartbeat: Heartbeat) => Promise<void>;
  /** A report was recorded under this lease: the harness has just been active. */
  readonly report: (lease: AgedLease) => Promise<void>;
  /** The agent has reported the end under this fence: nothing that was still to be sent is of any use. */
  readonly ended: (workId: WorkId, fence: Fence) => void;
  /** Drops the heartbeats that were still to be sent. */
  readonly close: () => void;
}

interface Awaited {
  readonly fence: Fence;
  /** null: nobody awaits it, as far as we know. */
  lease: LiveLease | null;
  lookedUpAtMs: number;
  /** -Infinity: no lease was known yet. */
  sentAtMs: number;
  /** The last one of a burst, or one that failed. */
  timer: NodeJS.Timeout | null;
}

const LEASES_REMEMBERED_MAX = 5000;
const LOOK_AGAIN_MS = 2000;
const FAILED_AGAIN_MS = 2000;
const FIRST_BEAT_MS_MAX = 1000;

/** One entry per item; the ledger is read only when the lease of the fence is not known. */
export class LeaseBeatKeeper implements LeaseBeats {
  readonly #deps: LeaseBeatsDeps;
  readonly #items = new BoundedMap<WorkId, Awaited>(LEASES_REMEMBERED_MAX, stopTimer);
  #closed = false;

  constructor(deps: LeaseBeatsDeps) {
    this.#deps = deps;
  }

  readonly heartbeat = async (heartbeat: Heartbeat): Promise<void> => {
    if (heartbeat.state !== 'working' || heartbeat.workId === undefined || heartbeat.fence === undefined) return;
    const item = this.#itemOf(heartbeat.workId, heartbeat.fence);
    if (item === null) return;
    await this.#lookUp(heartbeat.workId, item);
    const { lease } = item;
    if (lease?.agentGuid !== heartbeat.guid || lease.projectId !== heartbeat.projectId) return;
    // One that waits for an answer is not idle: its await only wants to know that we still hear of it.
    const idleForMs = lease.questionId === null ? heartbeat.idleForMs : 0;
    await this.#active(item, lease, this.#deps.nowMs() - idleForMs);
  };

  readonly report = async (lease: AgedLease): Promise<void> => {
    const item = this.#itemOf(lease.workId, lease.fence);
    if (item === null) return;
    this.#learn(item, lease);
    await this.#active(item, lease, this.#deps.nowMs());
  };

  readonly ended = (workId: WorkId, fence: Fence): void => {
    const item = this.#itemOf(workId, fence);
    if (item !== null) stopTimer(item);
  };

  readonly close = (): void => {
    this.#closed = true;
    this.#items.clear();
  };

  /** The entry of this fence; null for an older one than we know of. */
  #itemOf(workId: WorkId, fence: Fence): Awaited | null {
    const known = this.#items.get(workId);
    if (known?.fence === fence) return known;
    if (known !== undefined && known.fence > fence) return null;
    this.#items.delete(workId);
    const item: Awaited = { fence, lease: null, lookedUpAtMs: -Infinity, sentAtMs: -Infinity, timer: null };
    this.#items.set(workId, item);
    return item;
  }

  async #lookUp(workId: WorkId, item: Awaited): Promise<void> {
    if (item.lease !== null || this.#deps.nowMs() < item.lookedUpAtMs + LOOK_AGAIN_MS) return;
    item.lookedUpAtMs = this.#deps.nowMs();
    const lease = await this.#deps.leases.findLease(workId, item.fence);
    if (lease !== null) this.#learn(item, lease);
  }

  /** The clock of a new lease has only begun: the first heartbeat waits a moment, and an item that ends at once needs none. */
  #learn(item: Awaited, lease: AgedLease): void {
    const intervalMs = leaseIntervalMs(lease.idleTimeoutMs);
    item.lease = lease;
    if (item.sentAtMs > -Infinity) return;
    item.sentAtMs = assumedSentAtMs(this.#deps.nowMs(), intervalMs) + (lease.ageMs < intervalMs ? Math.min(FIRST_BEAT_MS_MAX, intervalMs / 2) : 0);
  }

  async #active(item: Awaited, lease: LiveLease, lastActivityMs: number): Promise<void> {
    const intervalMs = leaseIntervalMs(lease.idleTimeoutMs);
    const nowMs = this.#deps.nowMs();
    const decision = decideHeartbeat({ sentAtMs: item.sentAtMs, intervalMs }, { nowMs, lastActivityMs });
    switch (decision.kind) {
      case 'skip':
        return;
      case 'send':
        return this.#send(item);
      case 'send-at':
        this.#sendLater(item, decision.atMs - nowMs);
    }
  }

  async #send(item: Awaited): Promise<void> {
    const { lease } = item;
    stopTimer(item);
    if (lease === null) return;
    item.sentAtMs = this.#deps.nowMs();
    try {
      const answer = await this.#deps.engine.heartbeat(lease.taskToken);
      // Perhaps the item awaits the agent again under the same fence, with another activity.
      if (answer === 'gone' && item.lease === lease) item.lease = null;
    } catch (error) {
      this.#sendLater(item, FAILED_AGAIN_MS);
      throw error;
    }
  }

  #sendLater(item: Awaited, delayMs: number): void {
    if (this.#closed || item.timer !== null) return;
    item.timer = setTimeout(() => {
      // A failure has set the timer again.
      this.#send(item).catch(() => undefined);
    }, delayMs);
  }
}

function stopTimer(item: Awaited): void {
  if (item.timer !== null) clearTimeout(item.timer);
  item.timer = null;
}
