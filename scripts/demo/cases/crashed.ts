import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CLOCKS, STARTED_WITHIN_MS } from '../clocks.ts';
import type { CaseContext, DemoCase } from '../demo-case.ts';
import { expectThat, UnmetExpectation } from '../expectation.ts';
import { signalProcess } from '../processes.ts';
import { waitFor } from '../wait-for.ts';
import { writeScript } from '../write-script.ts';

const FINISHED_WITHIN_MS = 10_000;
// Dead for longer than both clocks: what nobody heard in that time may not be taken for silence.
const IDLE_TIMEOUT_MS = 3000;
const DEAD_FOR_MS = Math.max(CLOCKS.lostTimeoutMs, IDLE_TIMEOUT_MS) + 1000;

export const crashed: DemoCase = {
  name: 'e-crash',
  title: 'worker and bridge are killed, and the agent finishes while they are dead',
  expected: 'completed',
  run: async (context) => {
    const { directory, registerTarget, submit } = context;
    await registerTarget(
      writeScript(directory, [
        'echo "::weft progress=10 at work"',
        'while [ ! -e finish ]; do echo working; sleep 0.3; done',
        'echo "attempt $WEFT_ATTEMPT" >> done',
        'echo "::weft summary=finished while nobody listened"',
      ]),
    );
    const followed = await submit('Finish while worker and bridge are dead.', { idleTimeoutMs: IDLE_TIMEOUT_MS });
    await followed.untilWorking();

    const deadForMs = await killWhileItFinishes(context);
    const item = await followed.untilSettled();

    const done = readFileSync(join(directory, 'done'), 'utf8').trim();
    expectThat(done === 'attempt 1', { expected: 'to have been done once, by attempt 1', seen: done });
    expectThat(item.attempts === 1, { expected: '1 attempt', seen: String(item.attempts) });
    expectThat(item.result?.summary === 'finished while nobody listened', { expected: "the agent's result", seen: JSON.stringify(item.result ?? item.error) });
    for (const [type, times] of [['work:completed', 1] as const, ['work:assigned', 1] as const, ['work:attempt-failed', 0] as const]) {
      const seen = followed.eventsOfType(type).length;
      expectThat(seen === times, { expected: `${type} ${String(times)} times`, seen: `${String(seen)} times` });
    }
    return { item, detail: `dead for ${(deadForMs / 1000).toFixed(1)} s, longer than both clocks; completed once, by attempt 1` };
  },
};

/** Kills the worker, has the harness finish, and lets `weft up` restart the worker. Returns how long there was none. */
async function killWhileItFinishes({ stack, directory, signal, say }: CaseContext): Promise<number> {
  const worker = stack.findWorker();
  if (worker === null) throw new UnmetExpectation('a running worker', 'none');
  say(`the demo kills worker and bridge (kill -9 ${String(worker)}), and keeps weft up from restarting them`);
  stack.pause();
  try {
    signalProcess(worker, 'SIGKILL');
    const killedAt = performance.now();
    writeFileSync(join(directory, 'finish'), '');
    await waitFor({ what: 'the harness to finish', timeoutMs: FINISHED_WITHIN_MS, pollMs: 50, signal }, () =>
      existsSync(join(directory, 'done')) ? true : null,
    );
    expectThat(stack.findWorker() === null, { expected: 'no worker when the agent finished', seen: 'one' });
    say('the agent has finished, and nobody has heard of it');
    await delay(Math.max(0, killedAt + DEAD_FOR_MS - performance.now()), undefined, { signal });
    stack.resume();
    const newWorker = await waitFor({ what: 'another worker', timeoutMs: STARTED_WITHIN_MS, signal }, () => {
      const pid = stack.findWorker();
      return pid === null || pid === worker ? null : pid;
    });
    say(`weft up has started another worker, process ${String(newWorker)}`);
    return performance.now() - killedAt;
  } finally {
    stack.resume();
  }
}
