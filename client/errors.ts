/** What a caller can tell apart when there is no answer of Weft's. Beside these stand the codes of docs/errors.md. */
export type OwnCode = 'UNREACHABLE' | 'TIMED_OUT' | 'INTERRUPTED' | 'NOT_WEFT';

/** A call that did not succeed. Recognise it by `code`; `status` is 0 when no answer came. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;

  constructor(code: string, message: string, more: Partial<Pick<ApiError, 'status' | 'details' | 'requestId' | 'cause'>> = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = 'ApiError';
    this.code = code;
    this.status = more.status ?? 0;
    this.details = more.details ?? {};
    this.requestId = more.requestId ?? null;
  }
}

/** A failure of `client/` itself, without an answer. */
export function ownError(code: OwnCode, message: string, cause?: unknown): ApiError {
  return new ApiError(code, message, { cause });
}

/** The failure that an answer's body tells. What is not in the form of Weft's errors does not come from Weft. */
export function toApiError(body: unknown, { status, url }: { status: number; url: string }): ApiError {
  const { code, message, details, requestId } = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  if (typeof code !== 'string' || typeof message !== 'string') {
    return new ApiError('NOT_WEFT', `${new URL(url).origin} answered ${String(status)}, but not like Weft.`, { status });
  }
  return new ApiError(code, message, {
    status,
    ...(typeof details === 'object' && details !== null ? { details: { ...details } } : {}),
    ...(typeof requestId === 'string' ? { requestId } : {}),
  });
}
