import { z } from 'zod';
import { WeftEvent } from '../../src/domain/events/event.ts';
import { EVENTS_LIMIT_DEFAULT, EVENTS_LIMIT_MAX } from '../limits.ts';
import { Position } from '../streams/stream-events.ts';
import { digits } from './queries.ts';

/** What a page of the history of one thing is asked for by. */
export const HistoryQuery = z.object({
  afterSeq: digits(z.int().min(0).max(2_147_483_647)).default(0),
  limit: digits(z.int().min(1).max(EVENTS_LIMIT_MAX)).default(EVENTS_LIMIT_DEFAULT),
  after: Position.exactOptional().meta({ description: 'For a stream: begin after this position.' }),
});

/** The fields of such a page. */
export const HistoryFields = {
  events: z.array(WeftEvent),
  count: z.int().min(0),
  hasMore: z.boolean(),
  nextAfterSeq: z.int().min(0).meta({ description: 'The `afterSeq` that continues after this page, now or when more has happened.' }),
};

type Read = (page: { afterSeq: number; limit: number }) => Promise<readonly WeftEvent[]>;

/** Reads one event more than asked for, to know whether there is more. */
export async function historyPage({ afterSeq, limit }: { afterSeq: number; limit: number }, read: Read) {
  const found = await read({ afterSeq, limit: limit + 1 });
  const events = found.slice(0, limit);
  return { events, count: events.length, hasMore: found.length > limit, nextAfterSeq: events.at(-1)?.seq ?? afterSeq };
}
