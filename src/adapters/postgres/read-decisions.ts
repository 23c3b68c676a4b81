import { sql } from 'kysely';
import type { Fence, WorkId } from '../../domain/ids.ts';
import type { GrantChoice } from '../../domain/scheduling/grant.ts';
import type { Candidate } from '../../domain/scheduling/rank-candidates.ts';
import type { NamedCandidate, StoredDecision } from '../../ports/ledger/routing-ledger.ts';
import type { Db } from './database.ts';

/** What was decided about an item, the newest first. Agents and targets are named as they are now, also those that have gone. */
export async function readDecisions(db: Db, workId: WorkId, { beforeFence, limit }: { beforeFence: Fence; limit: number }): Promise<readonly StoredDecision[]> {
  const rows = await db
    .selectFrom('decisions')
    .selectAll()
    .where('work_id', '=', workId)
    .where('fence', '<', beforeFence)
    .orderBy('fence', 'desc')
    .limit(limit)
    .execute();
  const name = await namer(
    db,
    rows.flatMap(({ chosen, candidates }) => [chosen, ...candidates.map(({ choice }) => choice)]),
  );
  return rows.map((row) => ({
    grantId: row.grant_id,
    fence: row.fence,
    at: row.at.toISOString(),
    rule: row.rule,
    chosen: name({ choice: row.chosen, rule: 'kept', kept: true }),
    candidates: row.candidates.map(name),
    candidatesTotal: row.candidates_total,
  }));
}

/** Knows the names of everything that was looked at. */
async function namer(db: Db, choices: readonly GrantChoice[]): Promise<(candidate: Candidate) => NamedCandidate> {
  const targetIds = [...new Set(choices.flatMap(({ targetId }) => (targetId === null ? [] : [targetId])))];
  const guids = [...new Set(choices.flatMap((choice) => (choice.kind === 'agent' ? [choice.agentGuid] : [])))];
  const [targets, sessions, foreign] = await Promise.all([
    db
      .selectFrom('targets')
      .select(['id', 'name', 'agent_type'])
      .where('id', '=', sql<string>`any(${targetIds}::uuid[])`)
      .execute(),
    db
      .selectFrom('sessions')
      .select(['guid', 'agent_type'])
      .where('guid', '=', sql<string>`any(${guids}::text[])`)
      .execute(),
    db
      .selectFrom('agents')
      .select(['guid', 'offer'])
      .where('guid', '=', sql<string>`any(${guids}::text[])`)
      .execute(),
  ]);
  const byId = new Map(targets.map((target) => [target.id, target]));
  const typeOf = new Map([
    ...foreign.map(({ guid, offer }) => [guid, offer?.agentType] as const),
    ...sessions.map((row) => [row.guid, row.agent_type] as const),
  ]);
  return (candidate) => {
    const { choice } = candidate;
    const target = choice.targetId === null ? undefined : byId.get(choice.targetId);
    const agentType = choice.kind === 'agent' ? typeOf.get(choice.agentGuid) : undefined;
    return { ...candidate, targetName: target?.name ?? null, agentType: agentType ?? target?.agent_type ?? null };
  };
}
