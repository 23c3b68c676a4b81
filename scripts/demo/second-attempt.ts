import type { AgentGuid } from '../../src/domain/ids.ts';
import type { FailureClass } from '../../src/domain/work/outcome.ts';
import type { CaseContext, CaseEnd } from './demo-case.ts';
import { expectThat } from './expectation.ts';
import type { FollowedItem } from './follow.ts';
import { describeProcesses, processesOf } from './processes.ts';

/** The first attempt must fail with this class, its agent be gone, and another agent complete the item. */
export async function expectSecondAttempt(
  { say }: CaseContext,
  followed: FollowedItem,
  { failureClass, firstAgent }: { failureClass: FailureClass; firstAgent: AgentGuid },
): Promise<CaseEnd> {
  const failed = await followed.untilEvent('work:attempt-failed');
  expectThat(failed.data['failureClass'] === failureClass, { expected: `the failure class ${failureClass}`, seen: JSON.stringify(failed.data) });

  const { agentGuid: secondAgent } = await followed.untilEvent('work:assigned', { nth: 2 });
  // The next attempt may not begin before the old agent is verified gone.
  const left = processesOf(firstAgent);
  expectThat(left.length === 0, { expected: `no process of agent ${firstAgent} when the next one is told`, seen: describeProcesses(left) });
  expectThat(secondAgent !== firstAgent, { expected: 'another agent', seen: firstAgent });
  say(`nothing is left of the first agent, ${firstAgent.slice(0, 8)}`);

  const item = await followed.untilSettled();
  expectThat(item.attempts === 2, { expected: '2 attempts', seen: String(item.attempts) });
  expectThat(item.result?.summary === 'done by attempt 2', { expected: 'the result of the second attempt', seen: JSON.stringify(item.result ?? item.error) });
  return { item, detail: `attempt 1 ${failureClass} (${String(failed.data['errorMessage'])}), its agent gone; attempt 2 completed` };
}
