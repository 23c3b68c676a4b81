import { z } from 'zod';
import { AgentGuid, Fence, TargetId, Timestamp } from '../ids.ts';
import { DeadLetterClass } from './outcome.ts';

/** One try of a work item, and how it ended. */
export const WorkAttempt = z
  .object({
    attempt: z.int().min(1).meta({ description: 'From 1; one that is not counted has the number of the next, and those of a new drive begin anew.' }),
    fence: Fence,
    agentGuid: AgentGuid.exactOptional(),
    targetId: TargetId.exactOptional(),
    targetName: z.string().exactOptional(),
    startedAt: Timestamp.meta({ description: 'When it was given its slot.' }),
    endedAt: Timestamp.exactOptional().meta({ description: 'Absent while it is under way.' }),
    outcome: z
      .enum(['under-way', 'completed', 'failed', 'cancelled', 'refused'])
      .meta({ description: 'refused: the agent did not take it; nothing was tried.' }),
    counted: z.boolean().meta({ description: 'Among the attempts that the item’s limit allows.' }),
    failureClass: DeadLetterClass.exactOptional(),
    code: z.string().exactOptional().meta({ description: 'What the agent calls the failure.' }),
    message: z.string().exactOptional().meta({ description: 'Why it failed, or was refused or cancelled; of the last attempt of a failed item, all reasons.' }),
    retryInMs: z.int().min(0).exactOptional().meta({ description: 'The delay after it; absent when none followed.' }),
  })
  .meta({ id: 'WorkAttempt' });
export type WorkAttempt = z.infer<typeof WorkAttempt>;
