import { Client, Connection } from '@temporalio/client';
import { CLOCKS, GONE_WITHIN_MS, STARTED_WITHIN_MS } from '../clocks.ts';
import type { DemoCase } from '../demo-case.ts';
import { expectThat } from '../expectation.ts';
import { describeProcesses, processesOf } from '../processes.ts';
import { waitFor } from '../wait-for.ts';
import { writeScript } from '../write-script.ts';

const RELEASED_WITHIN_MS = CLOCKS.reconcileIntervalMs + GONE_WITHIN_MS;

export const terminated: DemoCase = {
  name: 'f-terminated',
  title: 'an operator terminates the workflow in Temporal: slot and agent are taken back',
  expected: 'dead-lettered',
  run: async ({ client, stack, directory, signal, say, registerTarget, submit }) => {
    await registerTarget(
      writeScript(directory, [
        'if [ "$WEFT_DESCRIPTION" = next ]; then echo "::weft summary=got the slot"; exit 0; fi',
        'while :; do echo "holding the slot"; sleep 0.5; done',
      ]),
      1,
    );
    const followed = await submit('Hold the only slot.', { attemptsMax: 1 });
    const agent = await followed.untilWorking();
    const next = await submit('next');
    const reason = await waitFor({ what: 'the next item to wait for the slot', timeoutMs: STARTED_WITHIN_MS, signal }, async () => {
      const { phase, reason: why = '' } = await client.find(next.workId);
      return phase === 'waiting' && why.includes('at its limit') ? why : null;
    });
    say(`the next item waits: ${reason}`);

    say('the demo terminates the workflow through the Temporal client');
    await terminate(stack.temporal, `work-${followed.workId}`);
    const terminatedAt = performance.now();
    const item = await followed.untilSettled(RELEASED_WITHIN_MS);
    expectThat(item.error?.code === 'terminated-by-operator', {
      expected: 'the reason terminated-by-operator',
      seen: JSON.stringify(item.error ?? item.reason),
    });
    await waitFor(
      { what: 'the agent to be gone', timeoutMs: RELEASED_WITHIN_MS, pollMs: 100, signal, seen: () => describeProcesses(processesOf(agent)) },
      () => (processesOf(agent).length === 0 ? true : null),
    );
    const seconds = ((performance.now() - terminatedAt) / 1000).toFixed(1);
    expectThat(performance.now() - terminatedAt < RELEASED_WITHIN_MS, {
      expected: `agent and item to be released within ${String(RELEASED_WITHIN_MS)} ms`,
      seen: `${seconds} s`,
    });
    say(`the item is settled and its agent gone, ${seconds} s later`);

    const nextItem = await next.untilSettled();
    expectThat(nextItem.result?.summary === 'got the slot', {
      expected: 'the next item to get the slot and complete',
      seen: `${nextItem.phase}: ${nextItem.reason ?? ''}`,
    });
    return { item, detail: `settled and its agent gone ${seconds} s after the terminate; the next item got the only slot and completed` };
  },
};

async function terminate(address: string, workflowId: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '10s' });
  try {
    const client = new Client({ connection, namespace: 'weft' });
    await client.workflow.getHandle(workflowId).terminate('an operator, played by the demo');
  } finally {
    await connection.close();
  }
}
