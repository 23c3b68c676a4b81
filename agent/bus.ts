/** What the runner needs of NATS. The only implementation is `nats-bus.ts`. */
export interface RunnerBus {
  readonly isConnected: () => boolean;
  /** Core publish; dropped while NATS is away. Never blocks, never throws. */
  readonly publish: (subject: string, body: string) => void;
  /** Publishes to a stream and waits for its acknowledgement; rejects without one. A null `messageId` is never taken for a duplicate. */
  readonly publishDurably: (subject: string, body: string, messageId: string | null) => Promise<void>;
  /** Writes the agent's registry entry, creating the bucket when it is missing. Rejects while that is not possible. */
  readonly putRegistryEntry: (key: string, value: string) => Promise<void>;
  /** Answers every request on `subject`; kept across reconnects. */
  readonly answerRequests: (subject: string, answer: (body: Uint8Array) => Promise<string>) => void;
  /** Called after each reconnect. */
  readonly onReconnect: (listener: () => void) => void;
  /** Waits, bounded, until what was published has left, then disconnects. */
  readonly close: () => Promise<void>;
}
