/** What one side rings, as often as it likes, and the other waits for. A ring before the wait counts. */
export class Bell {
  readonly #signal: AbortSignal;
  #rang = false;
  #wake: () => void = () => undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.ring, { once: true });
  }

  readonly ring = (): void => {
    this.#rang = true;
    this.#wake();
  };

  /** Until it has rung since the last wait, `timeoutMs` have passed, or the signal aborts. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#rang && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#rang = false;
  }
}
