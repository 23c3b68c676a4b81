import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ReportSender } from '../../agent/reports.ts';
import type { FinalBody } from '../../agent/final-report.ts';
import { Report } from '../../src/domain/agents/report.ts';
import { GUID, WORK_A, anAssignment } from './assignment.ts';

const DONE: FinalBody = { kind: 'completed', result: { completedAt: '2026-01-02T03:04:05.000Z' } };
const RESEND_MS = 5000;

interface Sent {
  readonly subject: string;
  readonly messageId: string | null;
  readonly report: Report;
}

let sent: Sent[];
let away: boolean;
let sender: ReportSender;

beforeEach(() => {
  jest.useFakeTimers();
  sent = [];
  away = false;
  const publish = async (subject: string, body: string, messageId: string | null): Promise<void> => {
    if (away) throw new Error('NATS is away');
    sent.push({ subject, messageId, report: Report.parse(JSON.parse(body)) });
  };
  sender = new ReportSender({ publish, resendMs: RESEND_MS, nowMs: () => Date.now() });
});

afterEach(() => {
  sender.forget();
  jest.useRealTimers();
});

const kinds = (): string[] => sent.map(({ report }) => `${report.kind}:${String(report.seq)}`);
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

test('numbers the reports of a fence from 1 and names each by its message id', async () => {
  sender.begin(anAssignment({ fence: 4 }));
  sender.claimed();
  sender.progress(40, 'halfway');
  sender.final(DONE);
  await pass(0);

  expect(kinds()).toEqual(['claimed:1', 'progress:2', 'completed:3']);
  expect(sent[0]).toMatchObject({ subject: `weft.v1.default.report.${WORK_A}.claimed`, messageId: `${WORK_A}.4.1` });
  expect(sent[1]?.report).toMatchObject({ guid: GUID, fence: 4, runToken: 'run-token-secret', progress: 40, message: 'halfway' });
});

describe('progress', () => {
  test('is sent once per second, the last one always', async () => {
    sender.begin(anAssignment());
    for (let progress = 0; progress <= 50; progress += 1) {
      sender.progress(progress);
      await pass(50);
    }
    await pass(1000);

    expect(sent.length).toBeLessThanOrEqual(5);
    expect(sent.at(-1)?.report).toMatchObject({ progress: 50 });
  });

  test('that was held back goes before the final report', async () => {
    sender.begin(anAssignment());
    sender.progress(10);
    sender.progress(90);
    sender.final(DONE);
    await pass(0);

    expect(kinds()).toEqual(['progress:1', 'progress:2', 'completed:3']);
    expect(sent[1]?.report).toMatchObject({ progress: 90 });
  });

  test('does not pile up while NATS is away', async () => {
    away = true;
    sender.begin(anAssignment());
    sender.claimed();
    for (let progress = 0; progress < 60; progress += 1) {
      sender.progress(progress);
      await pass(1000);
    }
    away = false;
    await pass(3000);

    expect(sent.map(({ report }) => report.kind)).toEqual(['claimed', 'progress']);
    expect(sent[1]?.report).toMatchObject({ progress: 59 });
  });
});

describe('the final report', () => {
  test('is tried until it is acknowledged', async () => {
    away = true;
    sender.begin(anAssignment());
    sender.claimed();
    sender.final(DONE);
    await pass(60_000);
    away = false;
    await pass(2000);

    expect(kinds()).toEqual(['claimed:1', 'completed:2']);
  });

  test('is sent again, the same message, until it is forgotten', async () => {
    sender.begin(anAssignment());
    sender.final(DONE);
    await pass(3 * RESEND_MS + 100);
    sender.forget();
    await pass(10 * RESEND_MS);

    expect(kinds()).toEqual(['completed:1', 'completed:1', 'completed:1', 'completed:1']);
    expect(new Set(sent.map(({ messageId }) => messageId))).toEqual(new Set([`${WORK_A}.1.1`]));
  });

  test('becomes a new message only when the stream no longer knows the old one', async () => {
    sender.begin(anAssignment());
    sender.final(DONE);
    await pass(250_000);

    const anew = sent.filter(({ messageId }) => messageId === null).length;
    expect(anew).toBe(2);
    expect(sent.length).toBeGreaterThan(40);
  });

  test('is sent at once when asked for', async () => {
    sender.begin(anAssignment());
    sender.final(DONE);
    await pass(10);
    sender.resend();
    await pass(0);

    expect(sent).toHaveLength(2);
  });

  test('is said once: what comes after it is not sent', async () => {
    sender.begin(anAssignment());
    sender.final(DONE);
    sender.progress(99);
    sender.final(DONE);
    await pass(100);

    expect(kinds()).toEqual(['completed:1']);
  });
});

test('another fence forgets what was left of the one before', async () => {
  away = true;
  sender.begin(anAssignment({ fence: 1 }));
  sender.final(DONE);
  sender.begin(anAssignment({ fence: 2 }));
  sender.claimed();
  away = false;
  await pass(3000);

  expect(sent.map(({ report }) => report.fence)).toEqual([2]);
});

test('tells whether everything was delivered in time', async () => {
  away = true;
  sender.begin(anAssignment());
  sender.final(DONE);
  const tooLate = sender.delivered(1000);
  await pass(1100);
  away = false;
  const inTime = sender.delivered(3000);
  await pass(2500);

  expect(await tooLate).toBe(false);
  expect(await inTime).toBe(true);
});
