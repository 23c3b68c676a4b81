/** What SIGINT, SIGTERM and SIGHUP ask for. */
export interface StopSignals {
  /** Aborts at the first one. */
  readonly stop: AbortSignal;
  /** Aborts at the second one: no patience is left. */
  readonly hurry: AbortSignal;
}

// One Ctrl-C may arrive twice: from the terminal, and passed on by npm.
const ECHO_MS = 1000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** From now on these signals end nothing by themselves, up to the end of the process: an impatient one must not spoil the exit code. */
export function listenForStop(): StopSignals {
  const stop = new AbortController();
  const hurry = new AbortController();
  let firstAtMs: number | null = null;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      firstAtMs ??= performance.now();
      stop.abort();
      if (performance.now() - firstAtMs > ECHO_MS) hurry.abort();
    });
  }
  return { stop: stop.signal, hurry: hurry.signal };
}
