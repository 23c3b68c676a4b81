import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { Author } from '../src/domain/access/actor.ts';
import type { ProjectId } from '../src/domain/ids.ts';
import { defaultPolicy } from '../src/domain/policy/project-policy.ts';
import type { AgentType } from '../src/domain/targets/target.ts';
import { classify } from '../src/domain/work/classify.ts';
import type { IdempotencyKey } from '../src/domain/work/idempotency-key.ts';
import { normaliseSubmit } from '../src/domain/work/normalise-submit.ts';
import type { NewWorkItem } from '../src/domain/work/normalise-submit.ts';
import type { WorkItem, WorkSubmit } from '../src/domain/work/work-item.ts';
import type { SubmitResult } from '../src/ports/ledger/work-ledger.ts';
import { hashOf } from './canonical-json.ts';
import type { ApiDeps } from './deps.ts';
import { badRequest } from './errors.ts';
import { CONTEXT_BYTES_MAX, ENGINE_WAIT_MS } from './limits.ts';
import { nudge } from './nudge.ts';

export interface Submission {
  readonly body: WorkSubmit;
  /** As it came, for the comparison of two requests with one key: defaults that a later version adds must not tell them apart. */
  readonly sentBody: unknown;
  readonly projectId: ProjectId;
  readonly author: Author;
  readonly idempotencyKey: string | undefined;
}

/** Takes a work item into the ledger, then asks the engine to start it; what the engine misses the sweeper starts. */
export async function submitWork(deps: ApiDeps, submission: Submission, log: FastifyBaseLogger): Promise<SubmitResult> {
  assertContextFits(submission.body);
  const item = normaliseSubmit(submission.body, { id: randomUUID(), projectId: submission.projectId });
  const result = await deps.work.submit(item, idempotencyKeyOf(submission, item), submission.author);
  if (result.item.phase === 'accepted') {
    await nudge(log.child({ workId: result.item.id }), {
      missed: 'accepted work was not started at once; the sweeper starts it',
      call: () => deps.engine.startWork(result.item),
      timeoutMs: ENGINE_WAIT_MS,
    });
  }
  return result;
}

/**
 * The agent type that is tried first. An item that requires a type which its boundary forbids has none; it is accepted and
 * dead-lettered with the reason, and the answer names what was required.
 */
export function targetAgentTypeOf(item: WorkItem): AgentType {
  // How many slots a project may hold says nothing about types.
  const classification = classify(item, defaultPolicy(0));
  const first = classification.kind === 'eligible' ? classification.needs.agentTypes[0] : item.requiredAgentType;
  return first ?? 'claude-code';
}

function assertContextFits({ contextData }: WorkSubmit): void {
  if (contextData === undefined) return;
  const bytes = Buffer.byteLength(JSON.stringify(contextData));
  if (bytes <= CONTEXT_BYTES_MAX) return;
  const message = `has ${String(bytes)} bytes as JSON; at most ${String(CONTEXT_BYTES_MAX)} reach an agent (pass a reference to larger data)`;
  throw badRequest([{ field: '/body/contextData', message, code: 'too_big' }], 'BODY_TOO_LARGE');
}

function idempotencyKeyOf({ idempotencyKey, sentBody }: Submission, item: NewWorkItem): IdempotencyKey | null {
  return idempotencyKey === undefined ? null : { projectId: item.projectId, key: idempotencyKey, bodyHash: hashOf(sentBody) };
}
