import type { JsMsg } from '@nats-io/jetstream';
import type { Logger } from 'pino';
import { Report } from '../../domain/agents/report.ts';
import { reportSubject } from '../../domain/subjects.ts';
import type { WorkId } from '../../domain/ids.ts';
import type { ReportDisposal } from '../../ports/agent-inbox.ts';
import { parseMessage } from './parse-message.ts';
import { waitAtMost } from './wait-at-most.ts';

interface Delivered {
  readonly message: JsMsg;
  readonly report: Report;
  /** Aborted with the connection that it came by. */
  readonly lost: AbortSignal;
}

interface Lane {
  readonly queue: Delivered[];
  running: boolean;
  /** In a row. */
  refusals: number;
  /** Numbers of the reports that were sent back: none after them is handled before they are, unless they do not come in time. */
  readonly owed: Set<number>;
  owedUntilMs: number;
}

export interface ReportLanesOptions {
  readonly onReport: (report: Report) => Promise<ReportDisposal>;
  readonly concurrency: number;
  readonly logger: Logger;
}

const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 5000;
// What was sent back may be delivered to another bridge; ours then waits for it no longer than this.
const REDELIVERY_GRACE_MS = 2000;
const OUT_OF_TURN_MS = 250;
const LANES_REMEMBERED_MAX = 1000;

/**
 * The reports that were delivered and not yet disposed of, one lane per work item. A lane handles its reports strictly one after
 * the other, in the order of the stream, also when one has to be delivered again. Order holds within one bridge; between several
 * the ledger's row lock decides.
 */
export class ReportLanes {
  readonly #options: ReportLanesOptions;
  readonly #lanes = new Map<WorkId, Lane>();
  readonly #held = new Set<Delivered>();
  readonly #running = new Set<Promise<void>>();
  #roomWanted: (() => void)[] = [];
  #closed = false;

  constructor(options: ReportLanesOptions) {
    this.#options = options;
  }

  /** How many more may be delivered. */
  free(): number {
    return Math.max(0, this.#options.concurrency - this.#held.size);
  }

  /** Resolves when at least half of the places are free, or when `signal` aborts. */
  async room(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.free() * 2 < this.#options.concurrency) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
        this.#roomWanted.push(wake);
      });
    }
  }

  /** Takes a message as it was delivered, and the signal that its connection has ended. One that is no report is logged and acknowledged. */
  add(message: JsMsg, lost: AbortSignal): void {
    if (this.#closed) {
      message.nak();
      return;
    }
    const report = parseMessage(Report, message.data);
    if (report === null || message.subject !== reportSubject(report.projectId, report.workId, report.kind)) {
      this.#options.logger.warn({ subject: message.subject, bytes: message.data.length }, 'dropped a malformed report');
      message.ack();
      return;
    }
    const delivered = { message, report, lost };
    const lane = this.#laneOf(report.workId);
    this.#held.add(delivered);
    if (isOutOfTurn(lane, message)) {
      this.#owe(lane, delivered, OUT_OF_TURN_MS);
      return;
    }
    lane.queue.push(delivered);
    if (!lane.running) this.#start(report.workId, lane);
  }

  /** Tells the server that everything we hold is in work, so that it is not delivered to another one. */
  keepAlive(): void {
    for (const delivered of this.#held) {
      answer(delivered, (message) => {
        message.working();
      });
    }
  }

  /** Sends back what has not begun, waits for the rest for at most `timeoutMs`, then sends that back as well. */
  async finish(timeoutMs: number): Promise<void> {
    this.#closed = true;
    for (const lane of this.#lanes.values()) {
      for (const delivered of lane.queue.splice(0)) this.#sendBack(delivered, 0);
    }
    await waitAtMost(Promise.all(this.#running), timeoutMs);
    for (const delivered of this.#held) this.#sendBack(delivered, 0);
  }

  #laneOf(workId: WorkId): Lane {
    const known = this.#lanes.get(workId);
    if (known !== undefined) return known;
    if (this.#lanes.size >= LANES_REMEMBERED_MAX) this.#forgetIdleLanes();
    const lane: Lane = { queue: [], running: false, refusals: 0, owed: new Set(), owedUntilMs: 0 };
    this.#lanes.set(workId, lane);
    return lane;
  }

  /** Lanes that wait for reports which another bridge has taken meanwhile. */
  #forgetIdleLanes(): void {
    const nowMs = performance.now();
    for (const [workId, lane] of this.#lanes) if (!lane.running && lane.owedUntilMs < nowMs) this.#lanes.delete(workId);
  }

  #start(workId: WorkId, lane: Lane): void {
    lane.running = true;
    const run = this.#run(workId, lane).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #run(workId: WorkId, lane: Lane): Promise<void> {
    for (let next = lane.queue.shift(); next !== undefined; next = lane.queue.shift()) {
      // What came by a connection that has ended is delivered again.
      if (next.lost.aborted) this.#release(next);
      else if ((await this.#dispose(next.report)) === 'taken') this.#acknowledge(lane, next);
      else this.#retry(lane, next);
    }
    lane.running = false;
    if (lane.owed.size === 0) this.#lanes.delete(workId);
  }

  async #dispose(report: Report): Promise<ReportDisposal> {
    try {
      return await this.#options.onReport(report);
    } catch (error) {
      this.#options.logger.error({ err: error, workId: report.workId, fence: report.fence }, 'a report could not be taken');
      return 'retry';
    }
  }

  #acknowledge(lane: Lane, delivered: Delivered): void {
    lane.refusals = 0;
    lane.owed.delete(delivered.message.seq);
    answer(delivered, (message) => {
      message.ack();
    });
    this.#release(delivered);
  }

  /** With everything behind it, or that would come first. */
  #retry(lane: Lane, delivered: Delivered): void {
    const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** lane.refusals);
    lane.refusals += 1;
    lane.owedUntilMs = performance.now() + delayMs + REDELIVERY_GRACE_MS;
    for (const back of [delivered, ...lane.queue.splice(0)]) this.#owe(lane, back, delayMs);
  }

  #owe(lane: Lane, delivered: Delivered, delayMs: number): void {
    lane.owed.add(delivered.message.seq);
    this.#sendBack(delivered, delayMs);
  }

  #sendBack(delivered: Delivered, delayMs: number): void {
    answer(delivered, (message) => {
      message.nak(delayMs);
    });
    this.#release(delivered);
  }

  #release(delivered: Delivered): void {
    this.#held.delete(delivered);
    const wanted = this.#roomWanted;
    this.#roomWanted = [];
    for (const wake of wanted) wake();
  }
}

function isOutOfTurn(lane: Lane, { seq }: JsMsg): boolean {
  if (performance.now() >= lane.owedUntilMs) lane.owed.clear();
  return [...lane.owed].some((owed) => owed < seq);
}

/**
 * Only on the connection that the message came by: a server that has lost its disk counts from 1 again, and would take the
 * answer for another message's.
 */
function answer({ message, lost }: Delivered, say: (message: JsMsg) => void): void {
  if (!lost.aborted) say(message);
}
