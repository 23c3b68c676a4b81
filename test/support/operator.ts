import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { eventually } from './eventually.ts';

const NAMESPACE = 'weft';

/** What a person can do to workflows in Temporal's UI. */
export interface Operator {
  readonly temporal: Client;
  /** Resets to the first or last workflow task; returns the new run's id. */
  readonly reset: (workflowId: string, which: 'first' | 'last') => Promise<string>;
  readonly remove: (workflowId: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function connectOperator(address: string): Promise<Operator> {
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection, namespace: NAMESPACE });
  return {
    temporal,
    reset: async (workflowId, which) => {
      const attempt = await eventually(() =>
        reset(temporal, workflowId, which).then(
          (runId) => ({ runId }),
          (error: unknown) => {
            // A run that has only just begun has no task yet to which it could be reset.
            if (String(error).includes('finish ID')) throw error;
            return { error };
          },
        ),
      );
      if ('error' in attempt) throw attempt.error;
      return attempt.runId;
    },
    remove: async (workflowId) => {
      await temporal.workflowService.deleteWorkflowExecution({ namespace: NAMESPACE, workflowExecution: { workflowId } });
    },
    close: () => connection.close(),
  };
}

async function reset(temporal: Client, workflowId: string, which: 'first' | 'last'): Promise<string> {
  const { events } = await temporal.workflow.getHandle(workflowId).fetchHistory();
  const tasks = (events ?? []).filter(({ workflowTaskCompletedEventAttributes: completed }) => completed !== null && completed !== undefined);
  const task = which === 'first' ? tasks[0] : tasks.at(-1);
  const { runId } = await temporal.workflowService.resetWorkflowExecution({
    namespace: NAMESPACE,
    workflowExecution: { workflowId },
    reason: 'an operator',
    requestId: randomUUID(),
    ...(task?.eventId ? { workflowTaskFinishEventId: task.eventId } : {}),
  });
  return runId;
}
