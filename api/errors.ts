import { z } from 'zod';
import { ERRORS, errorCodeOf, WeftError } from '../src/domain/errors.ts';
import type { ErrorCode, ErrorDetails } from '../src/domain/errors.ts';
import { BATCH_BYTES_MAX, BODY_BYTES_MAX, HANDLER_TIMEOUT_MS } from './limits.ts';

/** One thing that is wrong with a request; `field` is a JSON pointer that begins with the part, such as `/body/priority`. */
export interface Problem {
  readonly field: string;
  readonly message: string;
  readonly code: string;
}

// A hostile body can be wrong in every place; an answer that is read by people need not repeat it all.
const PROBLEMS_MAX = 100;
const FIELD_CHARS_MAX = 256;
const PROBLEM_MESSAGE_CHARS_MAX = 512;

/** The body of every answer that is not a success. `error` and `message` are the same sentence; `code` is for programs. */
export const ErrorBody = z
  .object({
    error: z.string(),
    message: z.string(),
    code: z.string().meta({ description: 'Stable; docs/errors.md lists them.' }),
    details: z.record(z.string(), z.unknown()).exactOptional(),
    requestId: z.string(),
    stack: z.string().exactOptional().meta({ description: 'Where it failed; only with NODE_ENV=development.' }),
  })
  .meta({ id: 'ErrorBody', description: 'A failure. For a malformed request `details.validationErrors` names every problem.' });
export type ErrorBody = z.infer<typeof ErrorBody>;

/** For the responses of a route. */
export const ErrorReplies = { '4xx': ErrorBody, '5xx': ErrorBody };

export interface ErrorReply {
  readonly status: number;
  readonly retryable: boolean;
  readonly body: ErrorBody;
}

/** The error for a request with these problems (at least one). */
export function badRequest(problems: readonly Problem[], code: ErrorCode = 'BAD_REQUEST'): WeftError {
  const validationErrors = problems.slice(0, PROBLEMS_MAX).map((problem) => ({
    field: problem.field.slice(0, FIELD_CHARS_MAX),
    message: problem.message.slice(0, PROBLEM_MESSAGE_CHARS_MAX),
    code: problem.code,
  }));
  const [first] = validationErrors;
  const others = problems.length > 1 ? ` (and ${String(problems.length - 1)} more)` : '';
  return new WeftError(code, `The request is not valid: ${first?.field ?? ''}: ${first?.message ?? ''}${others}.`, { details: { validationErrors } });
}

/** Turns whatever was thrown into the answer. An unexpected error says nothing about itself: the log has it under the request id. */
export function toErrorReply(error: unknown, requestId: string): ErrorReply {
  const { code, message, details } = describeError(error);
  const { status, retryable } = ERRORS[code];
  const shown = Object.keys(details).length === 0 ? {} : { details };
  return { status, retryable, body: { error: message, message, code, ...shown, requestId } };
}

interface Described {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

function describeError(error: unknown): Described {
  const code = errorCodeOf(error);
  if (code !== undefined && error instanceof Error) return { code, message: error.message, details: detailsOf(error) };
  return { ...describeForeign(error), details: {} };
}

function detailsOf(error: Error): ErrorDetails {
  const details = 'details' in error ? error.details : undefined;
  return typeof details === 'object' && details !== null ? { ...details } : {};
}

/** Errors of the HTTP layer, by their own code. */
const FOREIGN: Readonly<Record<string, Omit<Described, 'details'>>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'BODY_TOO_LARGE',
    message: `The request body is larger than ${String(BODY_BYTES_MAX)} bytes (of a batch: ${String(BATCH_BYTES_MAX)}).`,
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'The request body must be JSON (Content-Type: application/json).' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'BAD_REQUEST', message: 'The request body does not have the length that Content-Length announces.' },
  FST_ERR_BAD_URL: { code: 'BAD_REQUEST', message: 'The path is not valid percent-encoded UTF-8.' },
  FST_ERR_HANDLER_TIMEOUT: {
    code: 'INTERNAL',
    message: `The request took longer than ${String(HANDLER_TIMEOUT_MS)} ms; look at the resource before trying again.`,
  },
};

function describeForeign(error: unknown): Omit<Described, 'details'> {
  const { code, statusCode } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' && Object.hasOwn(FOREIGN, code) ? FOREIGN[code] : undefined;
  if (known !== undefined) return known;
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) return { code: 'BAD_REQUEST', message: 'The request cannot be read.' };
  return { code: 'INTERNAL', message: 'An unexpected failure; the log has the request id.' };
}
