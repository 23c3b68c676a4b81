import { Client } from '@temporalio/client';
import type { ConnectionLike, WorkflowStartOptions } from '@temporalio/client';
import { createBounded } from './bounded.ts';

/** Starts a workflow of this type, or throws what the client does; `what` is for the error when Temporal is away. */
export type Starting = (what: string, type: string, options: WorkflowStartOptions) => Promise<unknown>;

interface StartingOptions {
  readonly connection: ConnectionLike;
  readonly namespace: string;
  readonly callTimeoutMs: number;
  /** The connection is that of workers of this process. */
  readonly withWorkers: boolean;
}

/**
 * Where there are workers, the first task of a workflow comes to them with the answer to its start ("eager start"), if they have a place
 * for it, and else as it does everywhere: a worker asks for it. It needs their own connection, which tries again within the time for a call.
 */
export function createStarting({ connection, namespace, callTimeoutMs, withWorkers }: StartingOptions): Starting {
  const bounded = createBounded(connection, callTimeoutMs);
  const { workflow } = new Client({ connection, namespace });
  return (what, type, options) => bounded(what, () => workflow.start(type, { ...options, requestEagerStart: withWorkers }));
}
