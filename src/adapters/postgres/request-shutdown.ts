import { sql } from 'kysely';
import type { AgentGuid } from '../../domain/ids.ts';
import type { AgentLedger } from '../../ports/ledger/agent-ledger.ts';
import type { Tx } from './database.ts';
import { boundedText } from './json.ts';
import { writeAudit } from './write-audit.ts';

const REASON_CHARS_MAX = 1024;

type Asked = Parameters<AgentLedger['requestShutdown']>;

/** A free agent leaves the free set here and now; one that works keeps its item until its session ends it. Of several wishes the harshest holds. */
export async function requestShutdown(tx: Tx, [agents, { graceful, gracePeriodMs, reason, author }]: Asked): Promise<ReadonlySet<AgentGuid>> {
  const guids = agents.map(({ guid }) => guid);
  const locked = await tx
    .selectFrom('sessions')
    .select(['guid', 'state'])
    .where('guid', '=', sql<string>`any(${guids}::text[])`)
    .orderBy('guid')
    .forNoKeyUpdate()
    .execute();
  const states = new Map(locked.map(({ guid, state }) => [guid, state]));
  await sql`
    UPDATE sessions SET state = CASE WHEN state = 'free' THEN 'draining' ELSE state END, free_since = NULL, updated_at = now(),
      shutdown_requested_at = coalesce(shutdown_requested_at, now()), shutdown_graceful = ${graceful} AND coalesce(shutdown_graceful, true),
      stop_reason = coalesce(stop_reason, ${boundedText(reason, REASON_CHARS_MAX)}), stop_grace_ms = least(stop_grace_ms, ${gracePeriodMs ?? null}::integer)
    WHERE guid = any(${[...states.keys()]}::text[]) AND state <> 'gone'`.execute(tx);
  for (const { guid, projectId } of agents) {
    const state = states.get(guid);
    await writeAudit(tx, author, {
      action: 'agent.shutdown',
      entityType: 'agent',
      entityId: guid,
      projectId,
      before: state === undefined ? null : { state },
      after: { shutdownRequested: true, graceful, ...(gracePeriodMs === undefined ? {} : { gracePeriodMs }), reason },
    });
  }
  return new Set(states.keys());
}
