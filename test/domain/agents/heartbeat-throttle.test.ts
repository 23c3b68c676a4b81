import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assumedSentAtMs, decideHeartbeat, leaseIntervalMs, supervisionIntervalMs } from '../../../src/domain/agents/heartbeat-throttle.ts';

describe('decideHeartbeat', () => {
  test.each([
    { why: 'sends when the harness was active since the last one', sentAtMs: 1000, nowMs: 5000, lastActivityMs: 4000, decision: { kind: 'send' } },
    { why: 'sends exactly when the interval is over', sentAtMs: 1000, nowMs: 3000, lastActivityMs: 2900, decision: { kind: 'send' } },
    { why: 'sends later what comes too soon', sentAtMs: 1000, nowMs: 1500, lastActivityMs: 1400, decision: { kind: 'send-at', atMs: 3000 } },
    { why: 'sends nothing for a runner that merely beats', sentAtMs: 1000, nowMs: 60_000, lastActivityMs: 900, decision: { kind: 'skip' } },
    { why: 'sends nothing for the activity that the last one told of', sentAtMs: 1000, nowMs: 60_000, lastActivityMs: 1000, decision: { kind: 'skip' } },
    { why: 'takes a little lateness for the same activity', sentAtMs: 1000, nowMs: 60_000, lastActivityMs: 1020, decision: { kind: 'skip' } },
    { why: 'sends activity from long ago that the last one did not cover', sentAtMs: 1000, nowMs: 60_000, lastActivityMs: 1021, decision: { kind: 'send' } },
  ])('$why', ({ sentAtMs, nowMs, lastActivityMs, decision }) => {
    expect(decideHeartbeat({ sentAtMs, intervalMs: 2000 }, { nowMs, lastActivityMs })).toEqual(decision);
  });

  test.each([
    { why: 'fresh activity is forwarded', idleForMs: 0, kind: 'send' },
    { why: 'activity within the interval is forwarded', idleForMs: 1999, kind: 'send' },
    { why: 'older activity is not, because it would restart the clock from now', idleForMs: 2000, kind: 'skip' },
  ])('when no heartbeat is known of, $why', ({ idleForMs, kind }) => {
    const nowMs = 100_000;
    const sentAtMs = assumedSentAtMs(nowMs, 2000);

    expect(decideHeartbeat({ sentAtMs, intervalMs: 2000 }, { nowMs, lastActivityMs: nowMs - idleForMs }).kind).toBe(kind);
  });
});

/** Heartbeats at these gaps, each active or not; returns when heartbeats were forwarded, timers included. */
function forwarded(beats: readonly { gapMs: number; idleForMs: number }[], intervalMs: number): { sent: number[]; activities: number[] } {
  const [sent, activities]: [number[], number[]] = [[], []];
  let [nowMs, sentAtMs, dueMs]: [number, number, number | null] = [100_000, assumedSentAtMs(100_000, intervalMs), null];
  const send = (atMs: number): void => {
    sent.push(atMs);
    sentAtMs = atMs;
    dueMs = null;
  };
  for (const { gapMs, idleForMs } of [...beats, { gapMs: 2 * intervalMs, idleForMs: Number.MAX_SAFE_INTEGER }]) {
    nowMs += gapMs;
    if (dueMs !== null && dueMs <= nowMs) send(dueMs);
    const lastActivityMs = nowMs - idleForMs;
    if (idleForMs < intervalMs) activities.push(lastActivityMs);
    const decision = decideHeartbeat({ sentAtMs, intervalMs }, { nowMs, lastActivityMs });
    if (decision.kind === 'send') send(nowMs);
    if (decision.kind === 'send-at') dueMs = decision.atMs;
  }
  return { sent, activities };
}

const beats = fc.array(fc.record({ gapMs: fc.integer({ min: 0, max: 5000 }), idleForMs: fc.integer({ min: 0, max: 6000 }) }), { maxLength: 60 });
const interval = fc.integer({ min: 1000, max: 4000 });

describe('over any series of heartbeats', () => {
  test('forwarded ones keep their distance', () => {
    fc.assert(
      fc.property(beats, interval, (series, intervalMs) => {
        const { sent } = forwarded(series, intervalMs);
        sent.slice(1).forEach((atMs, index) => {
          expect(atMs - (sent[index] ?? 0)).toBeGreaterThanOrEqual(intervalMs);
        });
      }),
    );
  });

  test('no activity is left without a forwarded heartbeat after it, within an interval of when it was told', () => {
    fc.assert(
      fc.property(beats, interval, (series, intervalMs) => {
        const { sent, activities } = forwarded(series, intervalMs);
        const jitterMs = 20;
        for (const activity of activities) expect(sent.some((atMs) => atMs >= activity - jitterMs && atMs <= activity + 2 * intervalMs)).toBe(true);
      }),
    );
  });
});

test.each([
  { idleTimeoutMs: 300_000, intervalMs: 15_000 },
  { idleTimeoutMs: 10_000, intervalMs: 500 },
  { idleTimeoutMs: 1000, intervalMs: 500 },
])('an idle limit of $idleTimeoutMs ms has at most one heartbeat in $intervalMs ms', ({ idleTimeoutMs, intervalMs }) => {
  expect(leaseIntervalMs(idleTimeoutMs)).toBe(intervalMs);
});

test.each([
  { lostTimeoutMs: 30_000, intervalMs: 3750 },
  { lostTimeoutMs: 1000, intervalMs: 125 },
  { lostTimeoutMs: 100, intervalMs: 50 },
  { lostTimeoutMs: 86_400_000, intervalMs: 5000 },
])('a lost limit of $lostTimeoutMs ms has at most one heartbeat in $intervalMs ms', ({ lostTimeoutMs, intervalMs }) => {
  expect(supervisionIntervalMs(lostTimeoutMs)).toBe(intervalMs);
});
