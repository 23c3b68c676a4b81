import { constants } from 'node:os';

export interface Interruption {
  /** Aborts with the first SIGINT or SIGTERM: end everything in order. */
  readonly first: AbortSignal;
  /** Aborts with the second one: hurry. */
  readonly second: AbortSignal;
  /** 128 + the first signal's number, as shells have it. */
  readonly exitCode: () => number;
  readonly close: () => void;
}

/** Listens for Ctrl-C. */
export function createInterruption(): Interruption {
  const first = new AbortController();
  const second = new AbortController();
  const state: { number: number } = { number: 0 };
  const onSignal = (signal: 'SIGINT' | 'SIGTERM'): void => {
    if (first.signal.aborted) {
      second.abort();
      return;
    }
    state.number = constants.signals[signal];
    process.stderr.write('\nInterrupted: ending everything in order. Again to hurry.\n');
    first.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    first: first.signal,
    second: second.signal,
    exitCode: () => 128 + state.number,
    close: () => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    },
  };
}
