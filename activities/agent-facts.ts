import type { AgentBus, CommandAnswer } from '../src/ports/agent-bus.ts';
import type { Fence, WorkId } from '../src/domain/ids.ts';
import type { OutsideFacts, SilenceFacts } from '../src/domain/work/judge-silence.ts';

const ASK_TIMEOUT_MS = 2000;

/** Asks the bridge and the agent at once; each answers within 2 s or counts as silent. `on` = the assignment in question. */
export async function askAround(
  bus: AgentBus,
  address: { projectId: string; guid: string },
  on: { workId: WorkId; fence: Fence } | null,
): Promise<OutsideFacts> {
  const [bridge, answer] = await Promise.all([bus.bridgeStatus(ASK_TIMEOUT_MS), bus.command(address, { name: 'status' }, ASK_TIMEOUT_MS)]);
  return { bridge, agent: toAgentFact(answer, on) };
}

function toAgentFact(answer: CommandAnswer, on: { workId: WorkId; fence: Fence } | null): SilenceFacts['agent'] {
  if (answer.kind !== 'reply') return { kind: answer.kind };
  const { reply } = answer;
  const sameAssignment = on === null || (reply.workId === on.workId && reply.fence === on.fence);
  if (reply.state === 'free' || !sameAssignment) return { kind: 'free' };
  return reply.state === 'working' ? { kind: 'working', idleForMs: reply.idleForMs } : { kind: reply.state };
}
