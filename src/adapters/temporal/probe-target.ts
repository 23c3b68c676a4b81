import { WorkflowFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { TimeoutFailure } from '@temporalio/common';
import type { ProbeTargetInput } from '../../contract/messages.ts';
import { localSpinQueue, probeWorkflowId, TASK_QUEUES, WORKFLOW_TYPES } from '../../contract/names.ts';
import { SEARCH_ATTRIBUTES } from '../../contract/search-attributes.ts';
import { hasErrorCode, WeftError } from '../../domain/errors.ts';
import { ProbeResult } from '../../domain/targets/probe.ts';
import type { ProbeRequest } from '../../ports/work-engine.ts';
import type { Bounded } from './bounded.ts';

/** See `WorkEngine.probeTarget`. */
export async function probeTarget(client: Client, bounded: Bounded, request: ProbeRequest): Promise<ProbeResult | 'no-answer'> {
  const runId = await bounded('start probe', () => start(client, request));
  const handle = client.workflow.getHandle(probeWorkflowId(request.targetId), runId);
  try {
    return ProbeResult.parse(await bounded('probe', () => handle.result(), request.timeoutMs));
  } catch (error) {
    if (hasErrorCode(error, 'ENGINE_UNAVAILABLE')) return 'no-answer';
    if (!(error instanceof WorkflowFailedError)) throw error;
    if (error.cause instanceof TimeoutFailure) return 'no-answer';
    throw new WeftError('ENGINE_UNAVAILABLE', `The probe of the target "${request.targetName}" was ended: ${error.cause?.message ?? error.message}`, {
      cause: error,
    });
  }
}

/** The run that does it: who asks while one is under way gets that one's answer. */
async function start(client: Client, request: ProbeRequest): Promise<string> {
  const { targetId, targetName, hostId, timeoutMs } = request;
  const input: ProbeTargetInput = { targetId, hostId, hostQueue: localSpinQueue(hostId), timeoutMs };
  const handle = await client.workflow.start(WORKFLOW_TYPES.probeTarget, {
    workflowId: probeWorkflowId(targetId),
    taskQueue: TASK_QUEUES.workflows,
    args: [input],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    // Nobody waits for it any longer, so that probes do not pile up while no worker is there.
    workflowExecutionTimeout: timeoutMs,
    staticSummary: `a look at ${targetName}`,
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.project, value: request.projectId },
      { key: SEARCH_ATTRIBUTES.target, value: targetName },
      { key: SEARCH_ATTRIBUTES.mechanism, value: request.mechanism },
    ],
  });
  return handle.firstExecutionRunId;
}
