/** One row per failure the product can name. `docs/errors.md` is compared with this table in a test. */
export const ERRORS = {
  BAD_REQUEST: { status: 400, retryable: false, meaning: 'The request is malformed; `details` names every problem.' },
  NOT_FOUND: { status: 404, retryable: false, meaning: 'No such resource, or it belongs to another project.' },
  CONFLICT: { status: 409, retryable: false, meaning: 'The resource is in a state that forbids this, or the name is taken.' },
  APPROVAL_CLOSED: {
    status: 409,
    retryable: false,
    meaning: 'The work item waits for no approval: somebody else has decided, its time is over, or it needs none.',
  },
  QUESTION_CLOSED: { status: 409, retryable: false, meaning: 'The question waits for no answer: it has another one, or its time is over.' },
  IDEMPOTENCY_MISMATCH: { status: 409, retryable: false, meaning: 'The Idempotency-Key was used before with another request.' },
  IDEMPOTENCY_UNDER_WAY: { status: 409, retryable: true, meaning: 'The first request with this Idempotency-Key has no answer yet. Try again.' },
  IDEMPOTENCY_UNKNOWN: { status: 409, retryable: false, meaning: 'The first request with this Idempotency-Key was begun, and its end is not known.' },
  BODY_TOO_LARGE: { status: 413, retryable: false, meaning: 'The request body, or what NATS would have to carry back, is larger than the limit.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retryable: false, meaning: 'The request body is not JSON.' },
  UPGRADE_REQUIRED: { status: 426, retryable: false, meaning: 'Only a WebSocket is served here.' },
  UNAUTHORIZED: { status: 401, retryable: false, meaning: 'The bearer token is missing or not known.' },
  FORBIDDEN: { status: 403, retryable: false, meaning: 'The caller may not do this, or the origin is foreign.' },
  LEDGER_UNAVAILABLE: { status: 503, retryable: true, meaning: 'PostgreSQL is away; nothing was started. Try again.' },
  COMMIT_UNKNOWN: { status: 503, retryable: true, meaning: 'The connection broke during commit; look the work id up before submitting again.' },
  ENGINE_UNAVAILABLE: { status: 503, retryable: true, meaning: 'Temporal is away. Accepted work starts when it is back.' },
  BUS_UNAVAILABLE: { status: 503, retryable: true, meaning: 'NATS is away. Agents are told when it is back.' },
  TOO_MANY_STREAMS: { status: 503, retryable: true, meaning: 'As many streams of events are open as the server allows.' },
  BUSY: { status: 503, retryable: true, meaning: 'Too many requests wait already; nothing was done. Try again.' },
  OUT_OF_TIME: { status: 503, retryable: true, meaning: 'The time of the request was over before it came to this item; nothing was done. Ask again.' },
  STALE_RUN: { status: 409, retryable: false, meaning: 'A workflow run that no longer owns the work item tried to write.' },
  EVENT_KEY_REUSED: { status: 500, retryable: false, meaning: 'The same event key was written with another body: a bug.' },
  SPIN_UP_FAILED: { status: 500, retryable: true, meaning: 'The mechanism could not start the agent.' },
  SPIN_UP_REFUSED: { status: 503, retryable: true, meaning: 'The target has no capacity for another agent now.' },
  SPIN_UP_CANCELLED: { status: 409, retryable: false, meaning: 'The agent was stopped before it was started.' },
  TARGET_MISCONFIGURED: { status: 400, retryable: false, meaning: 'The target cannot start anything with its configuration.' },
  HOST_IS_UP: {
    status: 409,
    retryable: false,
    meaning: "The host's worker was heard of within the last 30 s; only one that is silent can be declared gone.",
  },
  AGENT_NOT_GONE: { status: 500, retryable: true, meaning: 'A process of the agent is still alive after it was killed.' },
  INSTALLATION_MISMATCH: { status: 500, retryable: false, meaning: 'The stores belong to different installations.' },
  INTERNAL: { status: 500, retryable: true, meaning: 'An unexpected failure; the log has the request id.' },
} as const satisfies Record<string, { status: number; retryable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof ERRORS;

export type ErrorDetails = Readonly<Record<string, unknown>>;

/** A failure with a stable code. Recognise it by `code` (see `hasErrorCode`), never by `instanceof`. */
export class WeftError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'WeftError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** The error's code from the table, or undefined for a foreign error. */
export function errorCodeOf(error: unknown): ErrorCode | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const { code } = error;
  return typeof code === 'string' && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : undefined; // checked by hasOwn
}

const PASSING: ReadonlySet<string | null | undefined> = new Set<ErrorCode>(['LEDGER_UNAVAILABLE', 'COMMIT_UNKNOWN', 'ENGINE_UNAVAILABLE', 'BUS_UNAVAILABLE']);

/** True for the code of a trouble of our own side that passes by itself, and says nothing of what was asked for. */
export function isPassing(code: string | null | undefined): boolean {
  return PASSING.has(code);
}

/** True when `error` carries this code of the table. */
export function hasErrorCode(error: unknown, code: ErrorCode): boolean {
  return errorCodeOf(error) === code;
}
