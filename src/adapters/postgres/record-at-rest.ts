import type { AgentGuid, Fence, WorkId } from '../../domain/ids.ts';
import type { Tx } from './database.ts';

/** Under this fence, or any; true when it was believed to be at work until now. */
export async function recordAtRest(tx: Tx, { guid, workId, fence }: { guid: AgentGuid; workId: WorkId; fence?: Fence }): Promise<boolean> {
  let update = tx.updateTable('slots').set({ may_work: false }).where('work_id', '=', workId).where('agent_guid', '=', guid).where('may_work', '=', true);
  if (fence !== undefined) update = update.where('fence', '=', fence);
  return (await update.executeTakeFirst()).numUpdatedRows > 0n;
}
