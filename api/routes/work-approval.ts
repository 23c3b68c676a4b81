import { z } from 'zod';
import { WorkItem } from '../../src/domain/work/work-item.ts';
import { authorOf } from '../access/actors.ts';
import { findWork, WorkParams } from '../access/find-work.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import type { ZodApp } from '../http/zod-app.ts';
import { decideApproval } from '../operations/decide-approval.ts';

const Reason = z.object({ reason: z.string().trim().min(1).max(1024).exactOptional() });

const ApprovalResult = z
  .object({
    success: z.literal(true),
    outcome: z.enum(['decided', 'joined']).meta({ description: 'joined: the caller has decided the same before.' }),
    workItem: WorkItem,
  })
  .meta({ id: 'WorkApprovalResult' });

const OPERATIONS = [
  {
    url: '/work/:id/approve',
    verdict: 'approved',
    operationId: 'approveWork',
    summary: 'Approve a work item that waits for a person',
    description: 'Holds for all its attempts until it is driven again. Who submitted it may not approve it, where tokens tell people apart.',
    body: Reason.meta({ id: 'WorkApprove' }),
  },
  {
    url: '/work/:id/reject',
    verdict: 'rejected',
    operationId: 'rejectWork',
    summary: 'Reject a work item that waits for a person',
    description: 'It fails for good, with the code `rejected` and the reason.',
    body: Reason.meta({ id: 'WorkReject' }),
  },
] as const;

export function approvalRoutes(app: ZodApp, deps: ApiDeps): void {
  for (const { url, verdict, operationId, summary, description, body } of OPERATIONS) {
    app.route({
      method: 'POST',
      config: { scope: 'work:write', idempotency: 'repeatable' },
      url,
      schema: {
        tags: ['work'],
        operationId,
        summary,
        description: `${description} The first decision counts; another one, or one that comes too late, is refused (409).`,
        params: WorkParams,
        body,
        response: { 200: ApprovalResult, ...ErrorReplies },
      },
      handler: async (request) => {
        const item = await findWork(deps.work, request, request.params.id);
        const outcome = await decideApproval(deps, { item, verdict, reason: request.body.reason, author: authorOf(request) }, request.log);
        return { success: true as const, outcome, workItem: (await deps.work.find(item.id)) ?? item };
      },
    });
  }
}
