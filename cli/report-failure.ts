import { CommanderError } from 'commander';
import type { ApiError } from '../client/errors.ts';
import { exitCodeOf } from './rest/exit-code.ts';
import { nameOptions } from './rest/name-options.ts';
import type { KnownOption } from './rest/name-options.ts';
import { toTerminalJson, toTerminalText } from './rest/terminal-text.ts';

const USAGE_ERROR = 2;
const FAILED = 1;

interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly requestId?: unknown;
}

interface How {
  readonly asJson: boolean;
  /** Of the command that failed. */
  readonly options: readonly KnownOption[];
}

/** Says on stderr what went wrong, as a sentence or as one JSON document. Returns the exit code. */
export function reportFailure(error: unknown, { asJson, options }: How): number {
  // Help is what was asked for.
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const { exitCode, code, message, details = {}, requestId = null } = toFailure(error, options);
  if (asJson) process.stderr.write(`${toTerminalJson(JSON.stringify({ error: message, code, details, requestId }))}\n`);
  // Commander has printed its own sentence.
  else if (!(error instanceof CommanderError)) process.stderr.write(`${process.stderr.isTTY ? toTerminalText(message) : message}\n`);
  return exitCode;
}

function toFailure(error: unknown, options: readonly KnownOption[]): Failure {
  if (error instanceof CommanderError) return { exitCode: USAGE_ERROR, code: 'USAGE', message: toSentence(error) };
  if (isConfigError(error)) return { exitCode: USAGE_ERROR, code: 'CONFIG_INVALID', message: error.message, details: { problems: error.problems } };
  if (isApiError(error)) {
    const { code, details, requestId } = error;
    return { exitCode: exitCodeOf(error), code, message: nameOptions(error, options) ?? error.message, details, requestId };
  }
  const { code, message } = (error instanceof Error ? error : { message: String(error) }) as { code?: unknown; message: string };
  return { exitCode: FAILED, code: typeof code === 'string' ? code : 'INTERNAL', message };
}

function toSentence({ code, message }: CommanderError): string {
  return code === 'commander.help' ? 'A command is missing; `weft --help` names them.' : message.replace(/^error: /, '');
}

function isConfigError(error: unknown): error is Error & { readonly problems: readonly string[] } {
  return error instanceof Error && error.name === 'ConfigError';
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && error.name === 'ApiError';
}
