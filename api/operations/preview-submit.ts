import { z } from 'zod';
import { ProjectId } from '../../src/domain/ids.ts';
import { AgentType } from '../../src/domain/targets/target.ts';
import { whyNoTimeLeft } from '../../src/domain/work/check-times.ts';
import type { NewWorkItem } from '../../src/domain/work/normalise-submit.ts';
import type { ApiDeps } from '../deps.ts';
import { badRequest } from '../errors.ts';
import { CANDIDATES_MAX, RoutingCandidate, toRoutingCandidate } from './routing-candidate.ts';
import { certainOutlook } from './submit-work.ts';
import type { WaitEstimates } from './wait-estimates.ts';

export const Routing = z
  .object({
    rule: z.string().meta({ description: 'The rule of the policy that decided.' }),
    eligible: z.boolean().meta({ description: 'False when the policy lets nothing take it; it fails with the reason.' }),
    reason: z.string().exactOptional().meta({ description: 'Why nothing may take it, or why nobody can take it now.' }),
  })
  .meta({ id: 'WorkRouting' });

/** The answer to a submit that only asks. */
export const WorkDryRun = z
  .object({
    dryRun: z.literal(true),
    projectId: ProjectId,
    targetAgentType: AgentType,
    spinUpTriggered: z.boolean(),
    estimatedWaitSeconds: z.number().min(0).exactOptional(),
    routing: Routing,
    chosen: RoutingCandidate.nullable().meta({ description: 'What the item would be given now; null = it would wait.' }),
    reason: z.string().exactOptional().meta({ description: 'Why it would wait.' }),
    candidates: z.array(RoutingCandidate).meta({ description: 'Every agent and target of the project that was looked at, the best first; bounded.' }),
    candidatesTotal: z.int().min(0),
    queuePosition: z.int().min(1).meta({ description: 'Its place among the items of the project that wait.' }),
  })
  .meta({ id: 'WorkDryRun' });
export type WorkDryRun = z.infer<typeof WorkDryRun>;

/** What would become of the item; nothing is written. */
export async function previewSubmit(
  { routing }: Pick<ApiDeps, 'routing'>,
  { item, submitter }: { item: NewWorkItem; submitter: string },
  waits: WaitEstimates,
): Promise<WorkDryRun> {
  const late = whyNoTimeLeft(item, Date.now());
  if (late !== null) throw badRequest([{ field: '/body/deadline', message: late, code: 'invalid_value' }]);
  const preview = await routing.preview({ item, submitter, candidatesMax: CANDIDATES_MAX });
  const outlook = certainOutlook(item, preview.classification);
  const eligible = preview.classification.kind === 'eligible';
  const seconds = eligible ? await waits(item, preview.prospect) : undefined;
  return {
    dryRun: true,
    projectId: item.projectId,
    ...outlook,
    targetAgentType: preview.chosen?.agentType ?? outlook.targetAgentType,
    spinUpTriggered: preview.chosen?.choice.kind === 'start',
    ...(seconds === undefined ? {} : { estimatedWaitSeconds: seconds }),
    chosen: preview.chosen === null ? null : toRoutingCandidate(preview.chosen),
    ...(preview.reason === null ? {} : { reason: preview.reason }),
    candidates: preview.candidates.map(toRoutingCandidate),
    candidatesTotal: preview.candidatesTotal,
    queuePosition: preview.position,
  };
}
