import type { DemoCase } from '../demo-case.ts';
import { expectSecondAttempt } from '../second-attempt.ts';
import { writeScript } from '../write-script.ts';

const IDLE_TIMEOUT_MS = 3000;

export const silentHarness: DemoCase = {
  name: 'b-harness-silent',
  title: "an agent's runner lives, its harness says nothing: idle",
  expected: 'completed',
  run: async (context) => {
    const { directory, registerTarget, submit } = context;
    await registerTarget(
      writeScript(directory, [
        'echo "::weft progress=10 attempt $WEFT_ATTEMPT"',
        'if [ "$WEFT_ATTEMPT" = 1 ]; then exec sleep 600; fi',
        'echo "::weft summary=done by attempt $WEFT_ATTEMPT"',
      ]),
    );
    const followed = await submit('Fall silent.', { attemptsMax: 2, idleTimeoutMs: IDLE_TIMEOUT_MS });
    const firstAgent = await followed.untilWorking();
    return expectSecondAttempt(context, followed, { failureClass: 'idle', firstAgent });
  },
};
