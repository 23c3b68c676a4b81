import type { Client } from '@temporalio/client';
import type { Bounded } from './bounded.ts';

const PAGE = 1000;
// As many as visibility tells in some ten seconds; who is not among them is looked at singly.
const LISTED_MAX = 200_000;

/** The current runs of a workflow type as visibility knows them, by workflow id; see `WorkEngine.listRunningWork`. */
export async function listRunning(
  { connection, options }: Client,
  bounded: Bounded,
  { type, beat }: { type: string; beat: () => void },
): Promise<Map<string, string>> {
  const query = `WorkflowType = '${type}' AND ExecutionStatus = 'Running'`;
  const found = new Map<string, string>();
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    beat();
    const page = await bounded('list running workflows', () =>
      connection.workflowService.listWorkflowExecutions({ namespace: options.namespace, pageSize: PAGE, query, nextPageToken }),
    );
    for (const { execution } of page.executions) found.set(execution?.workflowId ?? '', execution?.runId ?? '');
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0 && found.size < LISTED_MAX);
  return found;
}
