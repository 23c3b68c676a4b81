import type { Logger } from 'pino';
import { toAnnouncement } from '../src/domain/events/to-announcement.ts';
import type { Announcement } from '../src/domain/events/to-announcement.ts';
import { maskConfig } from '../src/domain/targets/mask-config.ts';
import type { Announcements } from '../src/ports/announcements.ts';
import type { EventStream } from '../src/ports/event-stream.ts';
import type { PositionedEvent } from '../src/ports/ledger/event-ledger.ts';
import type { TargetLedger } from '../src/ports/ledger/target-ledger.ts';

export interface AnnouncerDeps {
  readonly targets: Pick<TargetLedger, 'findEvenRemoved'>;
  readonly announcements: Announcements;
  readonly logger: Logger;
  /** On the clock of the events. */
  readonly nowMs: () => number;
}

export interface Announcer {
  /** An event that has just been published. */
  readonly take: (event: PositionedEvent) => void;
  /** Until `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

// Announcements are small and quick; more than this wait only while the ledger is slow, and then they are news no more.
const WAITING_MAX = 1000;
// A stream that was lost is filled again with what happened long ago.
const NEWS_FOR_MS = 60_000;

/** The stream, with everybody told who listens where the original Weft told them. */
export function announcing(stream: EventStream, announcer: Pick<Announcer, 'take'>): EventStream {
  return {
    lastPosition: stream.lastPosition,
    publish: async (events, previousPosition) => {
      const reached = await stream.publish(events, previousPosition);
      for (const event of events) if (event.position <= reached) announcer.take(event);
      return reached;
    },
  };
}

/** Says each event once. Whoever leads the relay calls it, so that of all bridges one speaks. */
export function createAnnouncer(deps: AnnouncerDeps): Announcer {
  const waiting: Announcement[] = [];
  let saidUpTo = 0;
  let wake = (): void => undefined;
  return {
    take: (event) => {
      if (event.position <= saidUpTo) return;
      saidUpTo = event.position;
      if (deps.nowMs() - Date.parse(event.timestamp) > NEWS_FOR_MS) return;
      const announcement = toAnnouncement(event);
      if (announcement === null || waiting.length >= WAITING_MAX) return;
      waiting.push(announcement);
      wake();
    },
    run: async (signal) => {
      signal.addEventListener('abort', () => {
        wake();
      });
      while (!signal.aborted) {
        const next = waiting.shift();
        if (next !== undefined) await say(deps, next);
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  };
}

async function say({ targets, announcements, logger }: AnnouncerDeps, announcement: Announcement): Promise<void> {
  const { subject } = announcement;
  if (announcement.kind === 'message') {
    announcements.publish(subject, announcement.body);
    return;
  }
  try {
    const target = await targets.findEvenRemoved(announcement.targetId);
    if (target !== null) announcements.publish(subject, { ...target, config: maskConfig(target.config) });
  } catch (error) {
    logger.warn({ err: error, subject }, 'a change of a target was not announced: the ledger did not answer');
  }
}
