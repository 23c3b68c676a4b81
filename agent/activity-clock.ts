/** How long the harness has been silent, on a monotonic clock: a change of the system time is not silence. */
export class ActivityClock {
  readonly #nowMs: () => number;
  #touchedAtMs: number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#touchedAtMs = nowMs();
  }

  touch(): void {
    this.#touchedAtMs = this.#nowMs();
  }

  idleForMs(): number {
    return Math.max(0, Math.round(this.#nowMs() - this.#touchedAtMs));
  }

  /** The last touch as an ISO time, for people. */
  lastActivity(): string {
    return new Date(Date.now() - this.idleForMs()).toISOString();
  }
}
