import { expect } from '@jest/globals';
import { pino } from 'pino';
import { connectNats, createAgentInbox } from '../../../src/adapters/nats/index.ts';
import type { NatsConnectionHandle } from '../../../src/adapters/nats/index.ts';
import type { Report } from '../../../src/domain/agents/report.ts';
import type { AgentInbox, ReportDisposal } from '../../../src/ports/agent-inbox.ts';
import { eventually } from '../../support/eventually.ts';

export interface Reader {
  readonly nats: NatsConnectionHandle;
  readonly inbox: AgentInbox;
  readonly stop: () => Promise<void>;
}

/** Inboxes that consume until the test is over. */
export class Readers {
  readonly #url: () => string;
  #running: Reader[] = [];

  constructor(url: () => string) {
    this.#url = url;
  }

  /** Something that consumes with an inbox and a connection of its own. */
  async start(consume: (inbox: AgentInbox, signal: AbortSignal) => Promise<void>): Promise<Reader> {
    const nats = await connectNats({ url: this.#url(), name: 'test', logger: pino({ level: 'silent' }) });
    const inbox = createAgentInbox(nats);
    const abort = new AbortController();
    const consuming = consume(inbox, abort.signal);
    const stop = async (): Promise<void> => {
      abort.abort();
      await consuming;
      await nats.close();
    };
    const reader = { nats, inbox, stop };
    this.#running.push(reader);
    return reader;
  }

  reports(onReport: (report: Report) => Promise<ReportDisposal>, concurrency = 8): Promise<Reader> {
    return this.start((inbox, signal) => inbox.consumeReports(onReport, { concurrency, signal }));
  }

  /** Takes every report and remembers it. */
  async takeAll(): Promise<Reader & { readonly taken: Report[] }> {
    const taken: Report[] = [];
    const reader = await this.reports(async (report) => {
      taken.push(report);
      return 'taken';
    });
    return { ...reader, taken };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((reader) => reader.stop()));
    this.#running = [];
  }
}

/** Waits until every report was acknowledged. */
export async function nothingPending(inbox: AgentInbox): Promise<void> {
  await eventually(async () => {
    expect((await inbox.status()).reportsPending).toBe(0);
  });
}

/** A promise that the test resolves. */
export function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
