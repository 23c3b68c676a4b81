/** A message whose sender waits for an answer. */
export interface BusRequest {
  /** Which of the served subjects, wildcards and all, it came under. */
  readonly pattern: string;
  readonly subject: string;
  readonly body: Uint8Array;
  readonly header: (name: string) => string | undefined;
  /** A longer answer cannot be carried. */
  readonly answerBytesMax: number;
}

export interface BusAnswer {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Served {
  /** They must not overlap. */
  readonly subjects: readonly string[];
  /** Of all processes that serve under this name, one gets each request. */
  readonly queue: string;
  /** Must not reject. */
  readonly answer: (request: BusRequest) => Promise<BusAnswer>;
  /** Says that so many wait already, or that this one has waited so long, that nothing is done about it. */
  readonly refuse: (request: BusRequest) => BusAnswer;
}

/** Answers requests that come over the bus. */
export interface RequestServer {
  /**
   * Until `signal` aborts, over any number of lost connections; then those that have arrived are still answered, bounded.
   * Messages that name no reply subject, or one that is not an inbox, are dropped: what nobody waits for is not done, and no
   * stranger makes us write on a subject of his choice.
   */
  readonly serve: (served: Served, signal: AbortSignal) => Promise<void>;
  /** False while NATS is away, or before it was asked to pass requests on. */
  readonly isServing: () => boolean;
}
