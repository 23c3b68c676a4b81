/** By which a granting round is asked for, past the workflow engine. */
export interface WakeLine {
  /** Whether a worker has heard it, and so makes a round that begins after this call. Bounded in time; never rejects. */
  wake: () => Promise<boolean>;
  /** Calls `onWake` for each that this process is to heed, until `signal` aborts. */
  heed: (onWake: () => void, signal: AbortSignal) => Promise<void>;
}
