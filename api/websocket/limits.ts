// Bounds of the WebSocket side. A test may set its own.

export interface WebSocketLimits {
  /** A message of a client. */
  readonly messageBytesMax: number;
  /** Connections of this process at once. */
  readonly connectionsMax: number;
  /** Bytes that wait to be sent to one client; one that reads slower is told and dropped. */
  readonly queueBytesMax: number;
  /** A client that has shown no life between two pings is gone: a dead one is dropped within twice this time. */
  readonly pingIntervalMs: number;
  readonly statsIntervalMs: number;
  /** What a client has to answer a close with its own, before its socket is destroyed. */
  readonly closeGraceMs: number;
  /** How long a client may take to read a page of its own past. */
  readonly drainTimeoutMs: number;
}

export const WEBSOCKET_LIMITS: WebSocketLimits = {
  messageBytesMax: 65_536,
  connectionsMax: 5000,
  queueBytesMax: 1_048_576,
  pingIntervalMs: 15_000,
  statsIntervalMs: 30_000,
  closeGraceMs: 5000,
  drainTimeoutMs: 30_000,
};
