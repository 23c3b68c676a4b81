import { Client, Connection } from '@temporalio/client';

/** Of these workflows in the namespace of the product, in their order. */
export async function historyLengths(address: string, workflowIds: readonly string[]): Promise<readonly number[]> {
  const connection = await Connection.connect({ address });
  try {
    const { workflow } = new Client({ connection, namespace: 'weft' });
    return await Promise.all(workflowIds.map(async (id) => (await workflow.getHandle(id).fetchHistory()).events?.length ?? Number.NaN));
  } finally {
    await connection.close();
  }
}

/** Waits until the workflow has ended. */
export async function untilClosed(address: string, workflowId: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await new Client({ connection, namespace: 'weft' }).workflow.getHandle(workflowId).result();
  } finally {
    await connection.close();
  }
}
