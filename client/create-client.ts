import createFetchClient from 'openapi-fetch';
import type { Client, FetchResponse } from 'openapi-fetch';
import { ownError, toApiError } from './errors.ts';
import { createPatientFetch } from './patient-fetch.ts';
import type { Patience } from './patient-fetch.ts';
import type { components, paths } from './schema.ts';

/** A noun of the API, by the name that its schema has in the document. */
export type Schemas = components['schemas'];

/** Weft's REST interface with the types of its own document: `GET`, `POST`, … by path. */
export type WeftClient = Client<paths, 'application/json'>;

export interface ClientOptions extends Partial<Patience> {
  /** Where Weft is, such as `http://localhost:3000`; a path prefix is kept. */
  readonly baseUrl: string;
  readonly token?: string;
}

const TIMEOUT_MS = 30_000;
const RETRIES_MAX = 3;

export function createClient({ baseUrl, token, ...patience }: ClientOptions): WeftClient {
  return createFetchClient<paths, 'application/json'>({
    baseUrl: parseBaseUrl(baseUrl),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    fetch: createPatientFetch({ timeoutMs: TIMEOUT_MS, retriesMax: RETRIES_MAX, ...patience }),
  });
}

/** The body of a success; whatever else comes is thrown as an `ApiError`. */
export async function answerOf<T extends Record<string | number, unknown>, O, M extends `${string}/${string}`>(
  call: Promise<FetchResponse<T, O, M>>,
): Promise<NonNullable<FetchResponse<T, O, M>['data']>> {
  const { data, error, response } = await call.catch(rethrowUnreadable);
  if (data !== undefined && data !== null && response.ok) return data;
  throw toApiError(error, { status: response.status, url: response.url });
}

function parseBaseUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw ownError('UNREACHABLE', `"${text}" is not the address of a server; such an address begins with http:// or https://.`);
  }
  return text.replace(/\/+$/, '');
}

// The call itself fails as an ApiError; what is left are bodies that break off or are no JSON.
function rethrowUnreadable(error: unknown): never {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') throw error;
  switch ((error as Error).name) {
    case 'SyntaxError':
      throw ownError('NOT_WEFT', 'The answer is not JSON, so it does not come from Weft.', error);
    case 'TimeoutError':
      throw ownError('TIMED_OUT', 'The answer did not end in time.', error);
    case 'AbortError':
      throw ownError('INTERRUPTED', 'The call was interrupted.', error);
    default:
      throw ownError('UNREACHABLE', 'The answer broke off.', error);
  }
}
