import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GONE_WITHIN_MS } from '../clocks.ts';
import type { DemoCase } from '../demo-case.ts';
import { expectThat } from '../expectation.ts';
import { describeProcesses, processesOf } from '../processes.ts';
import { waitFor } from '../wait-for.ts';
import { writeScript } from '../write-script.ts';

// The harness, its child, a grandchild that ignores TERM, and one in a session of its own.
const TREE = ['child', 'stubborn grandchild', 'own session'];

export const cancelled: DemoCase = {
  name: 'd-cancelled',
  title: 'an item is cancelled: its whole tree of processes ends',
  expected: 'cancelled',
  run: async ({ client, directory, signal, say, registerTarget, submit }) => {
    await registerTarget(
      writeScript(directory, [
        `sh -c '(trap "" TERM; echo "stubborn grandchild" >> tree; while :; do sleep 1; done) & echo child >> tree; wait' &`,
        `setsid sh -c 'echo "own session" >> tree; while :; do sleep 1; done' &`,
        'while :; do echo working; sleep 0.5; done',
      ]),
    );
    const followed = await submit('Start many processes, and go on.');
    const agent = await followed.untilWorking();
    await waitFor({ what: 'the whole tree to have been started', timeoutMs: 10_000, signal }, () => {
      return TREE.every((name) => readTree(directory).includes(name)) ? true : null;
    });
    const tree = processesOf(agent);
    say(`the demo cancels an agent of ${String(tree.length)} processes`);

    const cancelledAt = performance.now();
    const { outcome } = await client.cancel(followed.workId, 'the demo has changed its mind');
    expectThat(outcome === 'cancelling', { expected: 'the answer cancelling', seen: outcome });
    const goneAt = await waitFor(
      { what: 'the tree to be gone', timeoutMs: GONE_WITHIN_MS, pollMs: 100, signal, seen: () => describeProcesses(processesOf(agent)) },
      () => (processesOf(agent).length === 0 ? performance.now() : null),
    );
    const seconds = ((goneAt - cancelledAt) / 1000).toFixed(1);
    say(`all ${String(tree.length)} are gone, ${seconds} s after the cancel`);

    const item = await followed.untilSettled();
    expectThat(item.status === 'cancelled', { expected: 'status cancelled', seen: item.status });
    return { item, detail: `${String(tree.length)} processes, one deaf to TERM and one in its own session, gone ${seconds} s after the cancel` };
  },
};

function readTree(directory: string): string {
  try {
    return readFileSync(join(directory, 'tree'), 'utf8');
  } catch {
    return '';
  }
}
