import pg from 'pg';
import { WeftError } from '../../domain/errors.ts';
import { ConnectionBroken } from './guarded-pool.ts';

// SQLSTATE classes and codes that say "not now" rather than "never": connection, resources, operator, lock and time limits.
const PASSING_CLASSES = ['08', '53', '57', '58'];
const PASSING_CODES = ['40001', '40P01', '55P03', '25P03'];

/** SQLSTATE of a refused statement, or undefined. */
function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** What a failed ledger call throws: refusals of the server and lost connections by what the caller can do about them; all else as it is. */
export function toLedgerError(error: unknown): unknown {
  if (error instanceof ConnectionBroken) {
    const cause = withoutValues(error.cause);
    return error.duringCommit
      ? new WeftError('COMMIT_UNKNOWN', 'The connection to PostgreSQL broke during COMMIT; whether it was written is not known.', { cause })
      : new WeftError('LEDGER_UNAVAILABLE', 'PostgreSQL is not available; nothing was written. Try again.', { cause });
  }
  const state = sqlStateOf(error);
  if (state === undefined) return error;
  const cause = withoutValues(error);
  return PASSING_CLASSES.includes(state.slice(0, 2)) || PASSING_CODES.includes(state)
    ? new WeftError('LEDGER_UNAVAILABLE', `PostgreSQL could not do it now (SQLSTATE ${state}); nothing was written. Try again.`, { cause })
    : new WeftError('INTERNAL', `PostgreSQL refused a statement (SQLSTATE ${state}).`, { cause });
}

/** The driver's errors quote row values (descriptions, tokens) in `detail` and `where`; those must not reach a log. */
function withoutValues(error: unknown): Error {
  if (!(error instanceof pg.DatabaseError)) return error instanceof Error ? error : new Error(String(error));
  const clean = new Error(error.message);
  return Object.assign(clean, { sqlState: error.code, table: error.table, constraint: error.constraint });
}
