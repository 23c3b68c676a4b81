import type { DemoCase } from '../demo-case.ts';
import { UnmetExpectation } from '../expectation.ts';
import { runnerOf, signalProcess } from '../processes.ts';
import { expectSecondAttempt } from '../second-attempt.ts';
import { writeScript } from '../write-script.ts';

export const silentRunner: DemoCase = {
  name: 'b-runner-silent',
  title: "an agent's runner is stopped in its tracks: lost",
  expected: 'completed',
  run: async (context) => {
    const { directory, say, registerTarget, submit } = context;
    await registerTarget(
      writeScript(directory, [
        'echo "::weft progress=10 attempt $WEFT_ATTEMPT"',
        // Busy all the time: only the runner, which speaks for it, is silent.
        'if [ "$WEFT_ATTEMPT" = 1 ]; then while :; do echo working; sleep 0.5; done; fi',
        'echo "::weft summary=done by attempt $WEFT_ATTEMPT"',
      ]),
    );
    const followed = await submit('Work on while your runner is stopped.', { attemptsMax: 2 });
    const firstAgent = await followed.untilWorking();
    const runner = runnerOf(firstAgent);
    if (runner === null) throw new UnmetExpectation(`a runner of agent ${firstAgent}`, 'no process');
    say(`the demo sends SIGSTOP to the runner, process ${String(runner.pid)}`);
    signalProcess(runner.pid, 'SIGSTOP');
    return expectSecondAttempt(context, followed, { failureClass: 'lost', firstAgent });
  },
};
