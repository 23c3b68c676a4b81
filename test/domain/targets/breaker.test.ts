import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { breakerAt, CLOSED_BREAKER, FAILED_STARTS_MAX, openTimeMs, reportToBreaker } from '../../../src/domain/targets/breaker.ts';
import type { Breaker, BreakerReport } from '../../../src/domain/targets/breaker.ts';

const NOW_MS = 1_000_000;
const STARTED: BreakerReport = { kind: 'start-succeeded' };
const FAILED: BreakerReport = { kind: 'start-failed', refused: false, error: 'no such program' };
const REFUSED: BreakerReport = { kind: 'start-failed', refused: true, error: 'no room' };
const WELL: BreakerReport = { kind: 'check-passed', news: false };
const WELL_AGAIN: BreakerReport = { kind: 'check-passed', news: true };
const SICK: BreakerReport = { kind: 'check-failed', error: 'no answer' };

function after(reports: readonly BreakerReport[], from: Breaker = CLOSED_BREAKER, nowMs = NOW_MS): Breaker {
  return reports.reduce((breaker, report) => reportToBreaker(breaker, report, nowMs), from);
}

/** Opened by failed starts, and its time is over. */
function halfOpen(cause: readonly BreakerReport[] = [FAILED, FAILED, FAILED]): Breaker {
  const opened = after(cause);
  return breakerAt(opened, opened.untilMs ?? 0);
}

const anyReport = fc.oneof(
  fc.constant(STARTED),
  fc.record({ kind: fc.constant('start-failed' as const), refused: fc.boolean(), error: fc.constant('failed') }),
  fc.record({ kind: fc.constant('check-passed' as const), news: fc.boolean() }),
  fc.constant(SICK),
);
const anyStory = fc.array(fc.record({ report: anyReport, afterMs: fc.integer({ min: 0, max: 400_000 }) }), { maxLength: 40 });

describe('whatever happens to a target', () => {
  test('its breaker is open for a bounded time, and only after something has failed', () => {
    alongEveryStory(({ was, is, report, nowMs }) => {
      if (is.state !== 'open') expect(is.untilMs).toBeNull();
      else expect((is.untilMs ?? 0) - nowMs).toBeLessThanOrEqual(openTimeMs(100));
      if (is.state === 'open' && was.state !== 'open') expect(['start-failed', 'check-failed']).toContain(report.kind);
    });
  });

  test('a start that succeeds closes it and forgets everything', () => {
    alongEveryStory(({ is, report }) => {
      if (report.kind === 'start-succeeded') expect(is).toMatchObject({ ...CLOSED_BREAKER, sinceMs: is.sinceMs });
    });
  });

  test('a trial that fails opens it, never for less than the time before', () => {
    alongEveryStory(({ was, is, report }) => {
      if (was.state !== 'half-open' || report.kind !== 'start-failed') return;
      expect(is.state).toBe('open');
      expect((is.untilMs ?? 0) - (is.sinceMs ?? 0)).toBeGreaterThanOrEqual(openTimeMs(Math.max(1, was.openings)));
    });
  });

  function alongEveryStory(check: (step: { was: Breaker; is: Breaker; report: BreakerReport; nowMs: number }) => void): void {
    fc.assert(
      fc.property(anyStory, (story) => {
        let [breaker, nowMs] = [CLOSED_BREAKER, NOW_MS];
        for (const { report, afterMs } of story) {
          nowMs += afterMs;
          const was = breakerAt(breaker, nowMs);
          breaker = reportToBreaker(breaker, report, nowMs);
          check({ was, is: breaker, report, nowMs });
        }
      }),
    );
  }
});

describe('a closed breaker', () => {
  test('opens after so many starts in a row that failed, and says why', () => {
    const almost = after(Array.from({ length: FAILED_STARTS_MAX - 1 }, () => FAILED));
    const opened = after([FAILED], almost);

    expect(almost).toMatchObject({ state: 'closed', failures: FAILED_STARTS_MAX - 1 });
    expect(opened).toMatchObject({
      state: 'open',
      cause: 'starts',
      failures: FAILED_STARTS_MAX,
      lastError: 'no such program',
      untilMs: NOW_MS + openTimeMs(1),
    });
  });

  test('stays closed when a start succeeds in between', () => {
    expect(after([FAILED, FAILED, STARTED, FAILED, FAILED]).state).toBe('closed');
  });

  test('opens at the first refusal, which is no failed start, and at the first failed check', () => {
    expect(after([REFUSED])).toMatchObject({ state: 'open', cause: 'refused', failures: 0 });
    expect(after([SICK])).toMatchObject({ state: 'open', cause: 'health', failures: 0 });
  });

  test('is the same after a report that changes nothing', () => {
    expect(after([STARTED, WELL, WELL_AGAIN])).toBe(CLOSED_BREAKER);
  });
});

describe('an open breaker', () => {
  test('is half-open when its time is over, and not before', () => {
    const opened = after([REFUSED]);

    expect(breakerAt(opened, NOW_MS + openTimeMs(1) - 1)).toBe(opened);
    expect(breakerAt(opened, NOW_MS + openTimeMs(1))).toMatchObject({ state: 'half-open', untilMs: null });
  });

  test('stays open no longer for the other starts that were under way and fail as well', () => {
    const opened = after([FAILED, FAILED, FAILED]);

    expect(after([FAILED, FAILED], opened, NOW_MS + 5000)).toMatchObject({ untilMs: opened.untilMs, openings: 1, failures: 5 });
  });

  test.each([
    ['a check opened it: closes', [SICK], WELL_AGAIN, 'closed'],
    ['starts opened it and the place was repaired: lets one through', [FAILED, FAILED, FAILED], WELL_AGAIN, 'half-open'],
    ['starts failed under the eyes of good checks: stays open', [FAILED, FAILED, FAILED], WELL, 'open'],
    ['the target refused: stays open, a check knows nothing of capacity', [REFUSED], WELL_AGAIN, 'open'],
  ] as const)('that hears of a good check when %s', (...[, reports, check, state]) => {
    expect(after([check], after(reports)).state).toBe(state);
  });

  test('stays open for as long as checks go on failing', () => {
    const opened = after([SICK]);
    const later = after([SICK], opened, NOW_MS + 9000);

    expect(later).toMatchObject({ state: 'open', openings: 1, untilMs: NOW_MS + 9000 + openTimeMs(1) });
  });
});

describe('a half-open breaker', () => {
  test.each([
    ['its trial succeeds', STARTED, 'closed'],
    ['its trial fails', FAILED, 'open'],
    ['its trial is refused', REFUSED, 'open'],
    ['a check fails', SICK, 'open'],
    ['a check passes, which is no trial', WELL_AGAIN, 'half-open'],
  ] as const)('when %s', (_name, report, state) => {
    expect(after([report], halfOpen()).state).toBe(state);
  });

  test('opens for twice as long each time, up to a bound', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 1000].map((openings) => openTimeMs(openings) / 1000)).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
    expect(after([FAILED], halfOpen())).toMatchObject({ openings: 2 });
  });
});
