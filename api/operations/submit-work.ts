import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { Author } from '../../src/domain/access/actor.ts';
import type { ProjectId } from '../../src/domain/ids.ts';
import type { AgentType } from '../../src/domain/targets/target.ts';
import type { Expectation } from '../../src/domain/scheduling/foresee.ts';
import type { Classification } from '../../src/domain/work/classify.ts';
import type { IdempotencyKey } from '../../src/domain/work/idempotency-key.ts';
import { whyNotBefore } from '../../src/domain/work/check-times.ts';
import { normaliseSubmit } from '../../src/domain/work/normalise-submit.ts';
import type { NewWorkItem } from '../../src/domain/work/normalise-submit.ts';
import { isSettled } from '../../src/domain/work/work-item.ts';
import type { WorkItem, WorkSubmit } from '../../src/domain/work/work-item.ts';
import type { SubmitResult } from '../../src/ports/ledger/work-ledger.ts';
import type { Woken } from '../../src/ports/work-engine.ts';
import { hashOf } from '../http/canonical-json.ts';
import type { ApiDeps } from '../deps.ts';
import { badRequest } from '../errors.ts';
import { CONTEXT_BYTES_MAX, ENGINE_WAIT_MS } from '../limits.ts';
import { nudge } from '../engine/nudge.ts';
import { startWork } from '../engine/start-work.ts';
import { wakeCoordinator } from '../engine/wake-coordinator.ts';
import type { WaitEstimates } from './wait-estimates.ts';

export interface Submission {
  readonly body: WorkSubmit;
  /** As it came, for the comparison of two requests with one key: defaults that a later version adds must not tell them apart. */
  readonly sentBody: unknown;
  readonly projectId: ProjectId;
  readonly author: Author;
  readonly idempotencyKey: string | undefined;
  /** Who shares keys of other requests with the caller; nobody on NATS. */
  readonly keySharers?: string;
}

/** What is known of the item's way by now. */
export interface Outlook {
  readonly targetAgentType: AgentType;
  readonly spinUpTriggered: boolean;
  readonly estimatedWaitSeconds?: number;
  readonly routing: { readonly rule: string; readonly eligible: boolean; readonly reason?: string };
}

/** Takes a work item into the ledger, then has the engine start it, and tells what the submitter can expect. */
export async function submitAndLookAhead(deps: ApiDeps, submission: Submission, context: { waits: WaitEstimates; log: FastifyBaseLogger }) {
  const item = toNewItem(submission.body, submission.projectId);
  const submitted = await deps.work.submit({ item, key: idempotencyKeyOf(submission, item), author: submission.author });
  const woken = submitted.item.phase === 'waiting' ? wakeCoordinator(deps, context.log) : undefined;
  const { outlook, expectation } = await outlookOf(deps, submitted, context);
  if (isToStart(submitted.item) && !(await isLeftToRound(expectation, woken))) await start(deps, submitted, context.log);
  return { kind: submitted.kind, result: { ...submitted.item, workItemId: submitted.item.id, ...outlook } };
}

/** A round is likely to grant it a slot within moments, and starts its workflow with that, in one workflow task for both; what it leaves the sweeper starts. */
async function isLeftToRound(expectation: Expectation | undefined, woken: Promise<Woken | undefined> | undefined): Promise<boolean> {
  const isNear = expectation?.prospect === 'agent' || expectation?.prospect === 'start' || expectation?.isNext === true;
  return isNear && (await woken) === 'heard';
}

/** What the engine misses the sweeper starts. */
async function start(deps: ApiDeps, { item }: SubmitResult, log: FastifyBaseLogger): Promise<void> {
  const itemLog = log.child({ workId: item.id });
  await nudge(itemLog, {
    missed: 'accepted work was not started at once; the sweeper starts it',
    call: () => startWork(deps, item, itemLog),
    timeoutMs: ENGINE_WAIT_MS,
  });
}

/** Also when it was submitted before: nobody knows whether it was started then, and starting it again changes nothing. */
export function isToStart({ phase }: WorkItem): boolean {
  return phase === 'accepted' || phase === 'waiting';
}

/** The item of a parsed body; throws what is wrong with it that no schema says. */
export function toNewItem(body: WorkSubmit, projectId: ProjectId): NewWorkItem {
  assertContextFits(body);
  return normaliseSubmit(body, { id: randomUUID(), projectId });
}

/**
 * What the submitter is told: of which type its agent is, whether an agent is started, and how long items like it have
 * waited. The item is safe by now, so a ledger that fails here only leaves the guess out.
 */
async function outlookOf(
  deps: ApiDeps,
  { item, classification }: SubmitResult,
  context: { waits: WaitEstimates; log: FastifyBaseLogger },
): Promise<{ readonly outlook: Outlook; readonly expectation?: Expectation }> {
  const certain = certainOutlook(item, classification);
  // One that a repeated request finds settled expects nothing any more.
  if (classification.kind === 'forbidden' || isSettled(item.phase)) return { outlook: certain };
  const waits = whyItWaits(item);
  if (waits !== null) return { outlook: { ...certain, routing: { ...certain.routing, reason: waits } } };
  try {
    const expectation = await deps.routing.foresee(item, classification.needs);
    const { prospect, agentType = certain.targetAgentType } = expectation;
    const seconds = await context.waits(item, prospect);
    const routing = prospect === 'nothing' ? { ...certain.routing, reason: whyNobody(item) } : certain.routing;
    const estimate = seconds === undefined ? {} : { estimatedWaitSeconds: seconds };
    return { outlook: { ...certain, targetAgentType: agentType, routing, spinUpTriggered: prospect === 'start', ...estimate }, expectation };
  } catch (error) {
    context.log.warn({ err: error, workId: item.id }, 'the outlook of an accepted item is not known');
    return { outlook: certain };
  }
}

/** Whatever room there is. */
function whyItWaits({ notBefore, waitsFor }: WorkItem): string | null {
  if (waitsFor !== undefined) return 'it waits until the items that it depends on have ended';
  return notBefore === undefined ? null : whyNotBefore(Date.parse(notBefore), Date.now());
}

function whyNobody({ capability, boundary }: WorkItem): string {
  return `no agent and no target of the project offers the capability "${capability}" for the boundary "${boundary}" now; it waits until one does`;
}

/**
 * What holds while nobody knows who takes it: the agent type is the one that is tried first. An item that requires a type which
 * its boundary forbids is accepted and dead-lettered with the reason; what was required is named.
 */
export function certainOutlook(item: Pick<WorkItem, 'requiredAgentType'>, classification: Classification): Outlook {
  const { rule } = classification;
  if (classification.kind === 'forbidden') {
    const targetAgentType = item.requiredAgentType ?? 'claude-code';
    return { targetAgentType, spinUpTriggered: false, routing: { rule, eligible: false, reason: classification.reason } };
  }
  return { targetAgentType: classification.needs.agentTypes[0] ?? 'claude-code', spinUpTriggered: false, routing: { rule, eligible: true } };
}

function assertContextFits({ contextData }: WorkSubmit): void {
  if (contextData === undefined) return;
  const bytes = Buffer.byteLength(JSON.stringify(contextData));
  if (bytes <= CONTEXT_BYTES_MAX) return;
  const message = `has ${String(bytes)} bytes as JSON; at most ${String(CONTEXT_BYTES_MAX)} reach an agent (pass a reference to larger data)`;
  throw badRequest([{ field: '/body/contextData', message, code: 'too_big' }], 'BODY_TOO_LARGE');
}

function idempotencyKeyOf({ idempotencyKey, keySharers, sentBody }: Submission, item: NewWorkItem): IdempotencyKey | null {
  if (idempotencyKey === undefined) return null;
  const caller = keySharers === undefined ? {} : { caller: keySharers };
  return { projectId: item.projectId, key: idempotencyKey, bodyHash: hashOf(sentBody), ...caller };
}
