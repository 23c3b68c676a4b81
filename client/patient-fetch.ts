import { setTimeout as delay } from 'node:timers/promises';
import { ownError } from './errors.ts';

export interface Patience {
  /** Bounds one try, its body included; of a stream of events, which has no end, only its beginning. */
  readonly timeoutMs: number;
  /** How often a call that may be repeated is repeated after a 503. */
  readonly retriesMax: number;
  /** Ends all calls. */
  readonly signal?: AbortSignal;
  /** What really sends; the runtime's own when left out. */
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

// Longer than this nobody waits inside one call, whatever the server asks for.
const WAIT_MS_MAX = 10_000;
const WAIT_MS_DEFAULT = 1000;

const REPEATABLE: readonly string[] = ['GET', 'HEAD', 'PUT', 'DELETE'];

/**
 * A fetch that is bounded in time, repeats what may be repeated when the server is away for a moment (503 with Retry-After), and
 * fails with an ApiError.
 */
export function createPatientFetch(patience: Patience): (request: Request) => Promise<Response> {
  const { retriesMax, wait = sleep } = patience;
  return async (request) => {
    for (let tries = 0; ; tries += 1) {
      const response = await send(request.clone(), patience);
      if (response.status !== 503 || tries >= retriesMax || !mayRepeat(request)) return response;
      await response.body?.cancel();
      await wait(waitOf(response), patience.signal);
    }
  };
}

async function send(request: Request, { timeoutMs, signal, fetch = globalThis.fetch }: Patience): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort(new DOMException('The answer did not end in time.', 'TimeoutError'));
  }, timeoutMs).unref();
  try {
    const response = await fetch(
      new Request(request, { signal: AbortSignal.any([request.signal, timeout.signal, ...(signal === undefined ? [] : [signal])]) }),
    );
    if (isEventStream(response)) clearTimeout(timer);
    return response;
  } catch (error) {
    clearTimeout(timer);
    const { origin } = new URL(request.url);
    if (signal?.aborted === true || request.signal.aborted) throw ownError('INTERRUPTED', 'The call was interrupted.', error);
    if (timeout.signal.aborted) throw ownError('TIMED_OUT', `${origin} did not answer within ${String(timeoutMs)} ms.`, error);
    throw ownError('UNREACHABLE', `${origin} cannot be reached (${reasonOf(error)}). Is Weft running there?`, error);
  }
}

function isEventStream({ headers }: Response): boolean {
  return /^text\/event-stream\b/i.test(headers.get('content-type') ?? '');
}

function mayRepeat({ method, headers }: Request): boolean {
  return REPEATABLE.includes(method) || headers.has('idempotency-key');
}

function waitOf(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, WAIT_MS_MAX) : WAIT_MS_DEFAULT;
}

// fetch hides the reason ("ECONNREFUSED") in the cause, and of several addresses in the causes' codes.
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const { code, message } = (cause ?? error) as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message);
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    throw ownError('INTERRUPTED', 'The call was interrupted.', error);
  });
}
