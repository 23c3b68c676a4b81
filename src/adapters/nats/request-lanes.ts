import { waitAtMost } from './wait-at-most.ts';

export interface Job {
  readonly bytes: number;
  readonly run: () => Promise<void>;
  readonly refuse: () => void;
}

export interface LaneLimits {
  /** At work at once. */
  readonly width: number;
  /** Waiting; whoever comes beyond is refused. */
  readonly waitingMax: number;
  readonly waitingBytesMax: number;
  /** Whoever has waited longer is refused: its sender has given up by now, and may have asked again. */
  readonly waitMsMax: number;
}

interface Waiting extends Job {
  readonly sinceMs: number;
}

/** Runs jobs in the order in which they come, with a bound on everything. `#bytes` is what the waiting ones weigh. */
export class RequestLanes {
  readonly #limits: LaneLimits;
  readonly #nowMs: () => number;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #running = 0;
  #idle: (() => void) | null = null;

  constructor(limits: LaneLimits, nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  add(job: Job): void {
    const { waitingMax, waitingBytesMax } = this.#limits;
    if (this.#waiting.length >= waitingMax || this.#bytes + job.bytes > waitingBytesMax) {
      job.refuse();
      return;
    }
    this.#waiting.push({ ...job, sinceMs: this.#nowMs() });
    this.#bytes += job.bytes;
    this.#start();
  }

  /** Waits until nothing is left, at most `timeoutMs`; then refuses what has not begun. */
  async finish(timeoutMs: number): Promise<void> {
    if (this.#running > 0) {
      const idle = new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
      await waitAtMost(idle, timeoutMs);
    }
    for (const job of this.#waiting) job.refuse();
    this.#waiting = [];
    this.#bytes = 0;
  }

  #start(): void {
    while (this.#running < this.#limits.width) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      this.#bytes -= job.bytes;
      if (this.#nowMs() - job.sinceMs > this.#limits.waitMsMax) job.refuse();
      else void this.#run(job);
    }
  }

  async #run(job: Job): Promise<void> {
    this.#running += 1;
    try {
      await job.run();
    } finally {
      this.#running -= 1;
      this.#start();
      if (this.#running === 0) this.#idle?.();
    }
  }
}
