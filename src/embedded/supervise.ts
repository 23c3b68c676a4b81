import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { boundLog, lastLines } from './bounded-log.ts';
import type { ProcessSpec } from './process-spec.ts';
import { endRunning, startProcess, untilReady } from './running.ts';
import type { Running } from './running.ts';
import type { ProcessIdentity } from './process-identity.ts';

export interface Supervised {
  readonly name: string;
  readonly identity: () => ProcessIdentity | null;
  /** Stops restarting and ends the process with its group; `hurry` cuts the grace short. True when all are verified gone. */
  readonly stop: (hurry: AbortSignal) => Promise<boolean>;
}

export interface SuperviseEvents {
  /** A process was started (its handle should be written down) or has ended for good (null). */
  readonly onChange: (name: string, identity: ProcessIdentity | null) => void;
  readonly onDown: (down: { name: string; how: string; lastLines: string; restartInMs: number }) => void;
  readonly onRecovered: (name: string) => void;
}

const RESTART_FIRST_MS = 200;
const RESTART_MOST_MS = 10_000;
// A process that lived this long had started well: its next restart is prompt again.
const HEALTHY_MS = 30_000;

/**
 * Starts a process and keeps it running until stopped. Resolves when it serves for the first time; rejects, with nothing left
 * behind, when it never does or `signal` aborts. Later deaths are reported, and it is started again with backoff.
 */
export async function supervise(spec: ProcessSpec, events: SuperviseEvents, signal: AbortSignal = NEVER): Promise<Supervised> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  await spec.prepare?.();
  signal.throwIfAborted();
  const supervisor = new Supervisor(spec, events);
  await supervisor.untilFirstReady(signal);
  return supervisor;
}

const NEVER = new AbortController().signal;

/** serving → down → (backoff) → starting → serving …; or stopping → gone from anywhere. `#current` is the last process started. */
class Supervisor implements Supervised {
  readonly #spec: ProcessSpec;
  readonly #events: SuperviseEvents;
  readonly #stopping = new AbortController();
  #current: Running;
  #restartMs = RESTART_FIRST_MS;
  #watching: Promise<unknown> = Promise.resolve();

  constructor(spec: ProcessSpec, events: SuperviseEvents) {
    this.#spec = spec;
    this.#events = events;
    this.#current = this.#start();
  }

  get name(): string {
    return this.#spec.name;
  }

  identity(): ProcessIdentity | null {
    return this.#current.identity;
  }

  async untilFirstReady(signal: AbortSignal): Promise<void> {
    try {
      const trouble = await untilReady(this.#spec, this.#current, signal);
      if (trouble !== null) throw new Error(`${this.name} ${trouble}; its log is ${this.#spec.logFile}\n${lastLines(this.#spec.logFile)}`);
    } catch (error) {
      await this.stop(NEVER);
      throw error;
    }
    this.#watching = Promise.all([this.#watch(), boundLog(this.#spec.logFile, this.#stopping.signal)]);
  }

  async stop(hurry: AbortSignal): Promise<boolean> {
    this.#stopping.abort();
    const how = { ...this.#spec.stop, hurry };
    await endRunning(this.#current, how);
    await this.#watching;
    const gone = await endRunning(this.#current, how); // a restart may have been under way
    if (gone) this.#events.onChange(this.name, null);
    return gone;
  }

  #start(): Running {
    const running = startProcess(this.#spec);
    this.#events.onChange(this.name, running.identity);
    return running;
  }

  async #watch(): Promise<void> {
    let trouble = await this.#current.ended;
    while (!this.#isStopping()) trouble = (await this.#restart(trouble)) ?? (await this.#current.ended);
  }

  /** Returns what went wrong, or null when it serves again. */
  async #restart(how: string): Promise<string | null> {
    const restartInMs = performance.now() - this.#current.startedAtMs > HEALTHY_MS ? RESTART_FIRST_MS : this.#restartMs;
    this.#restartMs = Math.min(RESTART_MOST_MS, restartInMs * 2);
    this.#events.onDown({ name: this.name, how, lastLines: lastLines(this.#spec.logFile), restartInMs });
    try {
      // Whatever it left behind would be in the way of its successor.
      await endRunning(this.#current, { signal: 'SIGKILL', graceMs: 0 });
      await delay(restartInMs, undefined, { signal: this.#stopping.signal });
      await this.#spec.prepare?.();
      this.#stopping.signal.throwIfAborted();
      this.#current = this.#start();
      const trouble = await untilReady(this.#spec, this.#current, this.#stopping.signal);
      if (trouble === null) this.#events.onRecovered(this.name);
      return trouble;
    } catch (error) {
      return `could not be restarted: ${String(error)}`;
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }
}
