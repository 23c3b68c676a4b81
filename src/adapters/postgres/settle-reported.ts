import type { CompletedReport } from '../../domain/agents/report.ts';
import type { ReportVerdict } from '../../ports/ledger/lease-ledger.ts';
import type { Aftermath } from '../../ports/ledger/transition-ledger.ts';
import { findReply } from './append-events.ts';
import type { Tx } from './database.ts';
import type { LockedItem } from './locked-item.ts';
import { settledKey, writeEnd } from './settle.ts';

type Completed = Extract<ReportVerdict, { kind: 'completed' }>;

/** Kept with the end: the activity that awaits the agent may have to be told again. Base64; null = there was none. */
interface Remembered {
  readonly taskToken: string | null;
}

/** An item ends with the report of the agent that holds it, under the row lock; its workflow is told, and finds it so. */
export async function settleReported(
  tx: Tx,
  item: LockedItem,
  { report, taskToken }: { report: CompletedReport; taskToken: Uint8Array | null },
): Promise<Completed> {
  const outcome = { kind: 'completed', result: report.result } as const;
  const remember: Remembered = { taskToken: taskToken === null ? null : Buffer.from(taskToken).toString('base64') };
  const aftermath = await writeEnd(tx, { ...item, final_report_fence: report.fence }, { outcome, key: settledKey(item.run_id ?? ''), remember });
  return { kind: 'completed', taskToken, aftermath };
}

/** The same again; undefined when the item did not end by a report of this agent. */
export async function findReportedEnd(tx: Tx, { run_id: runId, phase }: LockedItem, { guid }: CompletedReport): Promise<Completed | undefined> {
  if (phase !== 'completed') return undefined;
  const reply = await findReply<Aftermath & Partial<Remembered>>(tx, settledKey(runId ?? ''), 'work:completed');
  if (reply?.taskToken === undefined || reply.settledAgent?.guid !== guid) return undefined;
  const { taskToken, ...aftermath } = reply;
  return { kind: 'completed', taskToken: taskToken === null ? null : Buffer.from(taskToken, 'base64'), aftermath };
}
