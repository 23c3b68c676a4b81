import { z } from 'zod';
import { Fence, GrantId, Timestamp, WorkId } from '../../src/domain/ids.ts';
import { WorkPhase } from '../../src/domain/work/work-item.ts';
import type { StoredDecision, Verdict } from '../../src/ports/ledger/routing-ledger.ts';
import { findWork, WorkParams } from '../access/find-work.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { digits } from '../http/queries.ts';
import type { ZodApp } from '../http/zod-app.ts';
import { DECISIONS_LIMIT_DEFAULT, DECISIONS_LIMIT_MAX, FENCE_MAX } from '../limits.ts';
import { CANDIDATES_MAX, RoutingCandidate, toRoutingCandidate } from '../operations/routing-candidate.ts';

const rule = z.string().meta({ description: 'The rule of the policy that decided what the item needs.' });
const candidates = z.array(RoutingCandidate).meta({ description: 'The agents and targets that were looked at, the best first; bounded.' });

const WorkVerdict = z
  .object({
    rule,
    chosen: RoutingCandidate.nullable().meta({ description: 'What it would be given now; null = it goes on waiting.' }),
    reason: z.string().exactOptional().meta({ description: 'Why it goes on waiting.' }),
    candidates,
    candidatesTotal: z.int().min(0),
  })
  .meta({ id: 'WorkVerdict' });

const WorkDecision = z
  .object({
    grantId: GrantId,
    fence: Fence,
    at: Timestamp,
    rule: rule.exactOptional(),
    chosen: RoutingCandidate,
    candidates,
    candidatesTotal: z.int().min(0),
  })
  .meta({ id: 'WorkDecision' });

const WorkDecisions = z
  .object({
    workItemId: WorkId,
    phase: WorkPhase,
    verdict: WorkVerdict.nullable().meta({ description: 'How things stand for it now; null unless it waits for a slot.' }),
    decisions: z.array(WorkDecision).meta({ description: 'Every slot that it was granted, the newest first.' }),
    count: z.int().min(0),
    hasMore: z.boolean(),
    nextBeforeFence: Fence.nullable().meta({ description: 'The `beforeFence` that continues with older ones.' }),
  })
  .meta({ id: 'WorkDecisions' });

const DecisionsQuery = z.object({
  beforeFence: digits(z.int().min(1).max(FENCE_MAX)).default(FENCE_MAX).meta({ description: 'Only decisions under older fences.' }),
  limit: digits(z.int().min(1).max(DECISIONS_LIMIT_MAX)).default(DECISIONS_LIMIT_DEFAULT),
});

export function workDecisionRoute(app: ZodApp, { work, routing }: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/work/:id/decision',
    schema: {
      tags: ['work'],
      operationId: 'getWorkDecision',
      summary: 'Why a work item went where it went, or why it waits',
      params: WorkParams,
      querystring: DecisionsQuery,
      response: { 200: WorkDecisions, ...ErrorReplies },
    },
    handler: async (request) => {
      const item = await findWork(work, request, request.params.id);
      const { beforeFence, limit } = request.query;
      const [verdict, found] = await Promise.all([
        item.phase === 'waiting' ? routing.verdictOn(item, CANDIDATES_MAX) : null,
        routing.decisionsOf(item.id, { beforeFence, limit: limit + 1 }),
      ]);
      const decisions = found.slice(0, limit).map(toDecision);
      const hasMore = found.length > limit;
      return {
        workItemId: item.id,
        phase: item.phase,
        verdict: verdict === null ? null : toVerdict(verdict),
        decisions,
        count: decisions.length,
        hasMore,
        nextBeforeFence: hasMore ? (decisions.at(-1)?.fence ?? null) : null,
      };
    },
  });
}

function toDecision({ rule: ruleThen, chosen, ...decision }: StoredDecision): z.infer<typeof WorkDecision> {
  return {
    ...decision,
    ...(ruleThen === null ? {} : { rule: ruleThen }),
    chosen: toRoutingCandidate(chosen),
    candidates: decision.candidates.map(toRoutingCandidate),
  };
}

function toVerdict({ classification, chosen, reason, candidates: looked, candidatesTotal }: Verdict): z.infer<typeof WorkVerdict> {
  return {
    rule: classification.rule,
    chosen: chosen === null ? null : toRoutingCandidate(chosen),
    ...(reason === null ? {} : { reason }),
    candidates: looked.map(toRoutingCandidate),
    candidatesTotal,
  };
}
