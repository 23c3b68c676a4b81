import type { Msg } from '@nats-io/transport-node';
import { WeftEvent } from '../../domain/events/event.ts';
import { ALL_EVENTS } from '../../domain/subjects.ts';
import type { PositionedEvent } from '../../ports/ledger/event-ledger.ts';
import type { ArrivedEvent, LiveEvents } from '../../ports/live-events.ts';
import type { NatsConnectionHandle, NatsLink } from './connect.ts';
import { OMITTED } from './event-stream.ts';
import { parseMessage } from './parse-message.ts';
import { whenAborted } from './when-aborted.ts';

/**
 * Reads what is published on the subjects of the event stream, not the stored stream: a message comes one disk write earlier,
 * and there is no consumer that a lost disk takes away. What is missed is the ledger's to give.
 */
export function createLiveEvents(nats: NatsConnectionHandle): LiveEvents {
  return {
    follow: async (onEvent, signal) => {
      while (!signal.aborted) {
        const link = await nats.whenConnected(signal).catch(() => null);
        if (link !== null) await followLink(link, onEvent, signal);
      }
    },
    isConnected: () => nats.link() !== null,
  };
}

async function followLink({ connection, lost }: NatsLink, onEvent: (event: ArrivedEvent) => void, signal: AbortSignal): Promise<void> {
  const end = AbortSignal.any([signal, lost]);
  const subscription = connection.subscribe(ALL_EVENTS, {
    callback: (error, message) => {
      const arrived = error === null ? toArrived(message) : null;
      if (arrived !== null) onEvent(arrived);
    },
  });
  await whenAborted(end);
  subscription.unsubscribe();
}

/** The position stands in the header, so that what is already known need not be parsed. */
function toArrived(message: Msg): ArrivedEvent | null {
  const position = Number(message.headers?.get('Nats-Msg-Id'));
  if (!Number.isSafeInteger(position) || position < 1) return null;
  return { position, read: () => toEvent(message, position) };
}

function toEvent(message: Msg, position: number): PositionedEvent | null {
  const event = parseMessage(WeftEvent, message.data);
  return event?.position !== position || event.data[OMITTED] !== undefined ? null : { ...event, position };
}
