import { z } from 'zod';
import { AgentGuid, ProjectId, TargetId } from '../../src/domain/ids.ts';
import { AgentType } from '../../src/domain/targets/target.ts';
import type { NewWorkItem } from '../../src/domain/work/normalise-submit.ts';
import type { NamedCandidate } from '../../src/ports/ledger/routing-ledger.ts';
import type { ApiDeps } from '../deps.ts';
import { certainOutlook } from './submit-work.ts';
import type { WaitEstimates } from './wait-estimates.ts';

// What a person reads; a project may have thousands of agents.
const CANDIDATES_MAX = 100;

const Candidate = z
  .object({
    kind: z.enum(['agent', 'start']).meta({ description: 'A free agent, or the start of one on a target.' }),
    agentGuid: AgentGuid.exactOptional(),
    targetId: TargetId,
    targetName: z.string().exactOptional(),
    agentType: AgentType.exactOptional(),
    kept: z.boolean(),
    rule: z.string().meta({ description: 'The rule that dropped it, or `kept`.' }),
  })
  .meta({ id: 'RoutingCandidate' });

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
    chosen: Candidate.nullable().meta({ description: 'What the item would be given now; null = it would wait.' }),
    reason: z.string().exactOptional().meta({ description: 'Why it would wait.' }),
    candidates: z.array(Candidate).meta({ description: 'Every agent and target of the project that was looked at, the best first; bounded.' }),
    candidatesTotal: z.int().min(0),
    queuePosition: z.int().min(1).meta({ description: 'Its place among the items of the project that wait.' }),
  })
  .meta({ id: 'WorkDryRun' });
export type WorkDryRun = z.infer<typeof WorkDryRun>;

/** What would become of the item; nothing is written. */
export async function previewSubmit({ routing }: Pick<ApiDeps, 'routing'>, item: NewWorkItem, waits: WaitEstimates): Promise<WorkDryRun> {
  const preview = await routing.preview(item, CANDIDATES_MAX);
  const outlook = certainOutlook(item, preview.classification);
  const eligible = preview.classification.kind === 'eligible';
  const seconds = eligible ? await waits(item, preview.prospect) : undefined;
  const candidates = preview.candidates.map(toCandidate);
  const isChosen = ({ choice }: NamedCandidate): boolean =>
    choice.kind === 'agent'
      ? preview.chosen?.kind === 'agent' && preview.chosen.agentGuid === choice.agentGuid
      : preview.chosen?.kind === 'start' && preview.chosen.targetId === choice.targetId;
  const chosen = preview.candidates.find(isChosen);
  return {
    dryRun: true,
    projectId: item.projectId,
    ...outlook,
    spinUpTriggered: preview.chosen?.kind === 'start',
    ...(seconds === undefined ? {} : { estimatedWaitSeconds: seconds }),
    chosen: chosen === undefined ? null : toCandidate(chosen),
    ...(preview.reason === null ? {} : { reason: preview.reason }),
    candidates,
    candidatesTotal: preview.candidatesTotal,
    queuePosition: preview.position,
  };
}

function toCandidate({ choice, rule, kept, targetName, agentType }: NamedCandidate): z.infer<typeof Candidate> {
  return { ...choice, rule, kept, ...(targetName === null ? {} : { targetName }), ...(agentType === null ? {} : { agentType }) };
}
