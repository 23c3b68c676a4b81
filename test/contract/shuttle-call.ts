/** What the existing CLI makes of an answer: the body of a success, or the sentence that it prints before it exits with 1. */
export type CliResult = { readonly ok: true; readonly body: CliBody } | { readonly ok: false; readonly printed: string; readonly status: number };

/** The CLI reads bodies without checking them; so do these tests, and look at each field that it prints. */
export type CliBody = Readonly<Record<string, unknown>>;

export interface CliOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: object;
  readonly token?: string;
}

const TIMEOUT_MS = 30_000;

/**
 * One call as Shuttle 0.2.0 makes it: `Content-Type: application/json` always, also without a body; the answer is parsed only
 * when it says that it is JSON; of an error, `error` is printed, and only when that is empty `message`.
 */
export async function shuttleCall(api: string, path: string, { method = 'GET', body, token }: CliOptions = {}): Promise<CliResult> {
  const response = await fetch(`${api}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const isJson = response.headers.get('content-type')?.includes('application/json') === true;
  const answer = (isJson ? await response.json() : {}) as CliBody;
  if (response.ok) return { ok: true, body: answer };
  // An object there would be printed as "[object Object]", so it counts as what it is: nothing to read.
  const printed = [answer['error'], answer['message'], response.statusText].find((text) => typeof text === 'string' && text !== '');
  return { ok: false, status: response.status, printed: String(printed) };
}

/** The body of a call that must succeed. */
export async function shuttle(api: string, path: string, options: CliOptions = {}): Promise<CliBody> {
  const result = await shuttleCall(api, path, options);
  if (!result.ok) throw new Error(`${options.method ?? 'GET'} ${path}: ${String(result.status)} ${result.printed}`);
  return result.body;
}
