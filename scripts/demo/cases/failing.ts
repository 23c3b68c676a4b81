import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoCase } from '../demo-case.ts';
import { expectThat } from '../expectation.ts';
import { writeScript } from '../write-script.ts';

const ATTEMPTS = 3;

export const failing: DemoCase = {
  name: 'c-failing',
  title: 'an agent fails each time: retried with backoff, then a dead letter',
  expected: 'dead-lettered',
  run: async ({ directory, registerTarget, submit }) => {
    await registerTarget(
      writeScript(directory, ['echo "attempt $WEFT_ATTEMPT" >> journal', 'echo "the build server refuses attempt $WEFT_ATTEMPT"', 'exit 3']),
    );

    const followed = await submit('Fail.', { attemptsMax: ATTEMPTS });
    const item = await followed.untilSettled();

    const journal = readFileSync(join(directory, 'journal'), 'utf8').trim().split('\n');
    expectThat(journal.join() === 'attempt 1,attempt 2,attempt 3', { expected: 'a journal of three attempts', seen: journal.join() });
    expectThat(item.status === 'failed' && item.attempts === ATTEMPTS, {
      expected: 'status failed after 3 attempts',
      seen: `${item.status} after ${String(item.attempts)}`,
    });
    expectThat(item.error?.message.includes('refuses attempt 3') === true, {
      expected: "the last attempt's own output as the reason",
      seen: JSON.stringify(item.error ?? null),
    });

    const reasons = followed.eventsOfType('work:attempt-failed').map(({ data }) => data);
    const texts = reasons.map((data) => String(data['errorMessage']));
    expectThat(texts.length === ATTEMPTS - 1 && texts.every((text, index) => text.includes(`refuses attempt ${String(index + 1)}`)), {
      expected: 'a reason for each attempt that was followed by another',
      seen: JSON.stringify(reasons),
    });
    const [firstMs = 0, secondMs = 0] = reasons.map((data) => Number(data['retryInMs']));
    expectThat(firstMs > 0 && secondMs > firstMs, { expected: 'growing delays', seen: `${String(firstMs)} ms, ${String(secondMs)} ms` });
    return { item, detail: `exit 3 each time, again after ${String(firstMs)} and ${String(secondMs)} ms, a reason recorded for each` };
  },
};
