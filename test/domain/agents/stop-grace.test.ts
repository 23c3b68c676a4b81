import { expect, test } from '@jest/globals';
import { stopTimes } from '../../../src/domain/agents/stop-grace.ts';

test.each([
  { what: 'nothing was said', wishMs: null, askedForMs: 0, times: { graceMs: 10_000 } },
  { what: 'nothing was said, and it is tried again', wishMs: null, askedForMs: 4000, times: { graceMs: 6000 } },
  { what: 'a grace was granted', wishMs: 30_000, askedForMs: 0, times: { harnessGraceMs: 30_000, graceMs: 32_000 } },
  { what: 'it is tried again within the grace', wishMs: 30_000, askedForMs: 20_000, times: { harnessGraceMs: 10_000, graceMs: 12_000 } },
  { what: 'it is tried again when the grace is over', wishMs: 30_000, askedForMs: 60_000, times: { harnessGraceMs: 0, graceMs: 0 } },
  { what: 'none was granted', wishMs: 0, askedForMs: 0, times: { harnessGraceMs: 0, graceMs: 2000 } },
])('the times of an agent when $what', ({ wishMs, askedForMs, times }) => {
  expect(stopTimes({ wishMs, usualMs: 10_000, askedForMs })).toEqual(times);
});
