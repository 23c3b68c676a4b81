/** What SIGINT, SIGTERM and SIGHUP ask for. */
export interface StopSignals {
  /** Aborts at the first one. */
  readonly stop: AbortSignal;
  /** Aborts at the second one: no patience is left. */
  readonly hurry: AbortSignal;
  readonly close: () => void;
}

// One Ctrl-C may arrive twice: from the terminal, and passed on by npm.
const ECHO_MS = 1000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function listenForStop(): StopSignals {
  const stop = new AbortController();
  const hurry = new AbortController();
  let firstAtMs: number | null = null;
  const onSignal = (): void => {
    firstAtMs ??= performance.now();
    stop.abort();
    if (performance.now() - firstAtMs > ECHO_MS) hurry.abort();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    stop: stop.signal,
    hurry: hurry.signal,
    close: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
