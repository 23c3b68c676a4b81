// Bounds of the HTTP side, in one place. Those of the nouns stand in their schemas.

/** A whole request body. */
export const BODY_BYTES_MAX = 1_048_576;

/** The body of a batch, whose items are bounded one by one as well. */
export const BATCH_BYTES_MAX = 8_388_608;

/** `contextData` as JSON: with the longest description it still fits one NATS message (1 MiB by default) to the agent. */
export const CONTEXT_BYTES_MAX = 524_288;

/** Nesting of arrays and objects in a body; the body itself is level 1. */
export const BODY_DEPTH_MAX = 64;

/** Path parameters as sent: the longest name with every character percent-encoded. */
export const PARAM_CHARS_MAX = 2048;

/** Receiving a whole request; with the interval below less than a handler has, so that a slow sender is told that it is slow. */
export const REQUEST_TIMEOUT_MS = 20_000;
/** How often the server looks for requests that were too slow. */
export const SLOW_REQUESTS_LOOK_MS = 2000;
/** Receiving the headers alone, so that slow senders hold no socket for long. */
export const HEADERS_TIMEOUT_MS = 15_000;
/** A socket on which nothing happens; above the longest handler. */
export const CONNECTION_TIMEOUT_MS = 60_000;
/** An idle kept-alive socket; above the idle timeouts of common proxies, which must close first. */
export const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** A net under the bounds of the ports: no request stays without an answer. */
export const HANDLER_TIMEOUT_MS = 25_000;

/** What a request waits for Temporal after the ledger has taken it; the sweeper does what was not done by then. */
export const ENGINE_WAIT_MS = 2000;
/** The same for all items of a batch together. */
export const TELLING_BUDGET_MS = 8000;
/** For so long a batch begins with further items; what it then does not come to, it says. With the longest transaction and the telling still below the handler's limit. */
export const BATCH_WRITING_BUDGET_MS = 12_000;
/** From the beginning of a batch until the last call of its telling begins. */
export const BATCH_TELLING_END_MS = 20_000;
/** Transactions of one batch that run at once; the others of the pool are for everybody else. */
export const BATCH_WIDTH = 4;
/** Items of one such transaction. */
export const BATCH_CHUNK = 50;
/** Items of one batch that are submitted at once; the ledger joins them into few transactions. */
export const SUBMIT_WIDTH = 64;
/** A look at a target, from asking to answering; below the handler's own limit. */
export const PROBE_WAIT_MAX_MS = 15_000;
/** What the readiness check waits for each dependency. */
export const PING_WAIT_MS = 2000;

/** What a client gets that asks for no pages. */
export const WHOLE_LIST_MAX = 1000;
export const PAGE_LIMIT_MAX = 100;
/** Decisions come with their candidates. */
export const DECISIONS_LIMIT_DEFAULT = 10;
export const DECISIONS_LIMIT_MAX = 50;
export const ATTEMPTS_LIMIT_DEFAULT = 20;
export const ATTEMPTS_LIMIT_MAX = 100;
export const FENCE_MAX = 2_147_483_647;
export const EVENTS_LIMIT_DEFAULT = 100;
export const EVENTS_LIMIT_MAX = 500;
