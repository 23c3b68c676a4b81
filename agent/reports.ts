import type { Assignment } from '../src/domain/agents/commands.ts';
import { reportMessageId } from '../src/domain/agents/report.ts';
import type { FinalReport, Report } from '../src/domain/agents/report.ts';
import { questionId } from '../src/domain/work/question.ts';
import type { Asked, QuestionId } from '../src/domain/work/question.ts';
import { reportSubject } from '../src/domain/subjects.ts';
import type { FinalBody } from './final-report.ts';

export interface ReportPorts {
  /** Rejects when the stream did not acknowledge. */
  readonly publish: (subject: string, body: string, messageId: string | null) => Promise<void>;
  readonly resendMs: number;
  readonly nowMs: () => number;
}

interface OpenFence {
  readonly assignment: Assignment;
  /** Not yet acknowledged, oldest first; the first may be on its way. Bounded: claimed, two of progress, one question, one final report. */
  readonly queue: Report[];
  seq: number;
  final: FinalReport | null;
  /** When the stream last took the final report as a new message. */
  storedAtMs: number | null;
  heldProgress: { readonly progress: number; readonly message?: string } | null;
  progressSentAtMs: number;
  sending: boolean;
  progressTimer: NodeJS.Timeout | null;
  resendTimer: NodeJS.Timeout | null;
}

type ReportBody = BodyOf<Report>;
type BodyOf<R> = R extends Report ? Omit<R, 'workId' | 'projectId' | 'guid' | 'fence' | 'seq' | 'runToken' | 'sentAt'> : never;

const PROGRESS_EVERY_MS = 1000;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 2000;
// The stream forgets message ids after two minutes; only then may a resend add a message.
const DUPLICATE_WINDOW_MS = 120_000;
const DELIVERED_POLL_MS = 20;

/**
 * Delivers the reports of one fence, in order, each tried until the stream acknowledges it; the final report is then resent until
 * it is forgotten (settled). Opening another fence forgets the one before.
 */
export class ReportSender {
  readonly #ports: ReportPorts;
  #open: OpenFence | null = null;

  constructor(ports: ReportPorts) {
    this.#ports = ports;
  }

  /** Opens a fence; opening the same one again changes nothing. */
  begin(assignment: Assignment): void {
    const open = this.#open?.assignment;
    if (open?.workId === assignment.workId && open.fence === assignment.fence) return;
    this.forget();
    const fence = { assignment, queue: [], seq: 0, final: null, storedAtMs: null, heldProgress: null, progressSentAtMs: -Infinity };
    this.#open = { ...fence, sending: false, progressTimer: null, resendTimer: null };
  }

  claimed(): void {
    if (this.#open !== null) this.#enqueue(this.#open, { kind: 'claimed' });
  }

  /** At most one per second is sent; the last one always. */
  progress(progress: number, message?: string): void {
    const open = this.#open;
    if (open?.final !== null) return;
    open.heldProgress = message === undefined ? { progress } : { progress, message };
    const waitMs = open.progressSentAtMs + PROGRESS_EVERY_MS - this.#ports.nowMs();
    if (waitMs <= 0) {
      this.#releaseProgress(open);
      return;
    }
    open.progressTimer ??= setTimeout(() => {
      this.#releaseProgress(open);
    }, waitMs);
  }

  /** Null when nobody would hear of it: the harness has ended, or the fence is over. */
  question(asked: Asked): QuestionId | null {
    const open = this.#open;
    return open?.final === null ? questionId(this.#enqueue(open, { kind: 'question', ...asked })) : null;
  }

  final(body: FinalBody): void {
    const open = this.#open;
    if (open?.final !== null) return;
    this.#releaseProgress(open);
    open.final = this.#enqueue(open, body) as FinalReport; // made of a final body
  }

  /** Sends the final report again now. */
  resend(): void {
    const open = this.#open;
    if (!open?.final) return;
    if (open.resendTimer !== null) clearTimeout(open.resendTimer);
    open.resendTimer = null;
    if (!open.queue.includes(open.final)) open.queue.push(open.final);
    void this.#send(open);
  }

  forget(): void {
    const open = this.#open;
    this.#open = null; // a loop that is still sending sees it and ends
    if (open === null) return;
    if (open.progressTimer !== null) clearTimeout(open.progressTimer);
    if (open.resendTimer !== null) clearTimeout(open.resendTimer);
  }

  /** Resolves to true when everything was acknowledged, to false after `timeoutMs`. */
  async delivered(timeoutMs: number): Promise<boolean> {
    const deadline = this.#ports.nowMs() + timeoutMs;
    while (this.#open !== null && this.#open.queue.length > 0) {
      if (this.#ports.nowMs() >= deadline) return false;
      await delay(DELIVERED_POLL_MS);
    }
    return true;
  }

  #releaseProgress(open: OpenFence): void {
    if (open.progressTimer !== null) clearTimeout(open.progressTimer);
    open.progressTimer = null;
    if (open.heldProgress === null) return;
    // While NATS is away only the newest progress is of interest; the first in the queue may be on its way.
    const waiting = open.queue.findIndex((report, index) => report.kind === 'progress' && index > 0);
    if (waiting !== -1) open.queue.splice(waiting, 1);
    open.progressSentAtMs = this.#ports.nowMs();
    this.#enqueue(open, { kind: 'progress', ...open.heldProgress });
    open.heldProgress = null;
  }

  #enqueue(open: OpenFence, body: ReportBody): Report {
    const { workId, projectId, guid, fence, runToken } = open.assignment;
    open.seq += 1;
    const report: Report = { workId, projectId, guid, fence, runToken, seq: open.seq, sentAt: new Date().toISOString(), ...body };
    open.queue.push(report);
    void this.#send(open);
    return report;
  }

  async #send(open: OpenFence): Promise<void> {
    if (open.sending) return;
    open.sending = true;
    let waitMs = RETRY_MIN_MS;
    for (let report = open.queue[0]; report !== undefined && this.#open === open; report = open.queue[0]) {
      if (await this.#publish(open, report)) {
        open.queue.shift();
        waitMs = RETRY_MIN_MS;
      } else {
        await delay(waitMs);
        waitMs = Math.min(RETRY_MAX_MS, waitMs * 2);
      }
    }
    open.sending = false;
    if (this.#open === open && open.final !== null)
      open.resendTimer ??= setTimeout(() => {
        this.resend();
      }, this.#ports.resendMs);
  }

  async #publish(open: OpenFence, report: Report): Promise<boolean> {
    const { projectId, workId, kind } = report;
    const nowMs = this.#ports.nowMs();
    const isFinal = report === open.final;
    const asNew = isFinal && open.storedAtMs !== null && nowMs - open.storedAtMs >= DUPLICATE_WINDOW_MS;
    try {
      await this.#ports.publish(reportSubject(projectId, workId, kind), JSON.stringify(report), asNew ? null : reportMessageId(report));
    } catch {
      return false; // NATS or the stream is away; the loop tries again
    }
    if (isFinal && (asNew || open.storedAtMs === null)) open.storedAtMs = nowMs;
    return true;
  }
}

async function delay(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
