import { constants } from 'node:os';

export interface Interruption {
  /** Aborts with the first SIGINT, SIGTERM or SIGHUP: end everything in order. */
  readonly first: AbortSignal;
  /** Aborts with the second one: hurry. */
  readonly second: AbortSignal;
  /** 128 + the first signal's number, as shells have it. */
  readonly exitCode: () => number;
  readonly close: () => void;
}

// One Ctrl-C may arrive twice: from the terminal, and passed on by npm.
const ECHO_MS = 1000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Listens for Ctrl-C. */
export function createInterruption(): Interruption {
  const first = new AbortController();
  const second = new AbortController();
  let firstNumber = 0;
  let firstAtMs = 0;
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    if (first.signal.aborted) {
      if (performance.now() - firstAtMs > ECHO_MS) second.abort();
      return;
    }
    firstNumber = constants.signals[signal];
    firstAtMs = performance.now();
    process.stderr.write('\nInterrupted: ending everything in order. Again to hurry.\n');
    first.abort();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    first: first.signal,
    second: second.signal,
    exitCode: () => 128 + firstNumber,
    close: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
