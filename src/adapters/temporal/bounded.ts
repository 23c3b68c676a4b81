import { isGrpcServiceError } from '@temporalio/client';
import type { ConnectionLike } from '@temporalio/client';
import { WeftError } from '../../domain/errors.ts';

// gRPC status codes (https://grpc.github.io/grpc/core/md_doc_statuscodes.html).
const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = 14;
const AWAY: readonly number[] = [CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE];

export type Bounded = <T>(what: string, call: () => Promise<T>, timeoutMs?: number) => Promise<T>;

/** Every call to Temporal goes through this: bounded in time, and `ENGINE_UNAVAILABLE` when the server is away. */
export function createBounded(connection: Pick<ConnectionLike, 'withDeadline'>, defaultTimeoutMs: number): Bounded {
  return async (what, call, timeoutMs = defaultTimeoutMs) => {
    try {
      return await connection.withDeadline(Date.now() + timeoutMs, call);
    } catch (error) {
      if (!isAway(error)) throw error;
      throw new WeftError('ENGINE_UNAVAILABLE', `Temporal did not answer within ${String(timeoutMs)} ms (${what}).`, { cause: error });
    }
  };
}

function isAway(error: unknown): boolean {
  const code = grpcCodeOf(error);
  return code !== undefined && AWAY.includes(code);
}

/** True when Temporal says that there is no such (open) workflow, schedule or activity. */
export function isNotFound(error: unknown): boolean {
  return (error instanceof Error && error.name.endsWith('NotFoundError')) || grpcCodeOf(error) === NOT_FOUND;
}

/** The gRPC status behind an SDK error, which wraps it as `cause`. */
function grpcCodeOf(error: unknown): number | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth++) {
    if (isGrpcServiceError(current)) return current.code;
  }
  return undefined;
}
