import { z } from 'zod';
import { AgentGuid, ProjectId, TargetId, Timestamp, WorkId } from '../ids.ts';
import { AgentType } from '../targets/target.ts';

/** How events name an agent. Agents that others start (Warp) may be of any type. */
export const EventAgent = z
  .object({ guid: AgentGuid, agentType: z.string(), handle: z.string().exactOptional(), hostname: z.string().exactOptional() })
  .meta({ id: 'EventAgent' });
export type EventAgent = z.infer<typeof EventAgent>;

const common = { timestamp: Timestamp, projectId: ProjectId };
const item = { workId: WorkId, taskId: z.string() };
const assignee = { assignedTo: AgentGuid.exactOptional(), assignedToAgent: EventAgent.exactOptional() };
const assigned = { assignedTo: AgentGuid, assignedToAgent: EventAgent };
const target = { targetId: TargetId, targetName: z.string() };
const spinUp = { ...target, agentType: AgentType };

/** An event as clients of the WebSocket know it; more fields than these may stand in it. */
function contractEvent<const Name extends string, Shape extends z.core.$ZodLooseShape>(type: Name, shape: Shape) {
  return z.looseObject({ type: z.literal(type), ...common, ...shape });
}

/** The 19 events that every client of the WebSocket knows, each with what is always in it. */
export const ContractEvent = z
  .discriminatedUnion('type', [
    contractEvent('work:submitted', { ...item, capability: z.string(), boundary: z.string(), priority: z.int().min(1).max(10), description: z.string() }),
    contractEvent('work:assigned', { ...item, ...assigned, capability: z.string(), boundary: z.string() }),
    contractEvent('work:started', { ...item, ...assigned }),
    contractEvent('work:progress', { ...item, ...assigned, progress: z.number().min(0).max(100) }),
    contractEvent('work:completed', { ...item, ...assignee, summary: z.string().exactOptional() }),
    contractEvent('work:failed', { ...item, ...assignee, errorMessage: z.string(), recoverable: z.boolean() }),
    contractEvent('work:cancelled', { ...item, ...assignee }),
    contractEvent('agent:registered', { agent: EventAgent, capabilities: z.array(z.string()), boundaries: z.array(z.string()), status: z.string() }),
    contractEvent('agent:updated', {
      agent: EventAgent,
      previousStatus: z.string().exactOptional(),
      newStatus: z.string(),
      currentTaskCount: z.int().min(0),
    }),
    contractEvent('agent:shutdown', { agent: EventAgent, reason: z.enum(['idle-timeout', 'manual', 'coordinator-shutdown', 'error']), graceful: z.boolean() }),
    contractEvent('target:registered', { ...spinUp, capabilities: z.array(z.string()), boundaries: z.array(z.string()), mechanism: z.string() }),
    contractEvent('target:updated', { ...target, previousStatus: z.string().exactOptional(), newStatus: z.string() }),
    contractEvent('target:disabled', { ...target, reason: z.string().exactOptional() }),
    contractEvent('target:removed', target),
    contractEvent('target:health-changed', {
      ...target,
      previousHealth: z.string().exactOptional(),
      newHealth: z.string(),
      error: z.string().exactOptional(),
    }),
    contractEvent('spin-up:triggered', { targetAgentType: AgentType, capability: z.string(), boundary: z.string(), workId: WorkId.exactOptional() }),
    contractEvent('spin-up:started', { ...spinUp, capability: z.string(), workId: WorkId.exactOptional() }),
    contractEvent('spin-up:completed', { ...spinUp, agentGuid: AgentGuid.exactOptional(), durationMs: z.number().min(0) }),
    contractEvent('spin-up:failed', { ...spinUp, errorMessage: z.string(), workId: WorkId.exactOptional() }),
  ])
  .meta({ id: 'ContractEvent', description: 'One of the 19 events that every WebSocket client receives.' });
export type ContractEvent = z.infer<typeof ContractEvent>;

export type ContractEventName = ContractEvent['type'];

export const CONTRACT_EVENT_NAMES = ContractEvent.options.map((option) => option.shape.type.value);

const names: ReadonlySet<string> = new Set(CONTRACT_EVENT_NAMES);

/** True for the 19 names that clients of the original know; the others are ours. */
export function isContractEventName(name: string): name is ContractEventName {
  return names.has(name);
}
