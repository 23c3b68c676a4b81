import { DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnectionHandle } from '../../../src/adapters/nats/index.ts';
import { WeftEvent } from '../../../src/domain/events/event.ts';

/** Everything that the stream of events holds, in its order; messages that are no events are left out. */
export async function publishedEvents(nats: NatsConnectionHandle): Promise<WeftEvent[]> {
  const { connection } = await nats.whenConnected(AbortSignal.timeout(10_000));
  const { state } = await (await jetstreamManager(connection)).streams.info('WEFT_EVENTS');
  if (state.messages === 0) return [];
  const consumer = await jetstream(connection).consumers.get('WEFT_EVENTS', { deliver_policy: DeliverPolicy.All });
  const events: WeftEvent[] = [];
  const messages = await consumer.fetch({ max_messages: state.messages, expires: 5000 });
  for await (const message of messages) {
    const parsed = WeftEvent.safeParse(message.json());
    if (parsed.success) events.push(parsed.data);
  }
  // A stream has room for few consumers, and a test may look again and again.
  await consumer.delete();
  return events;
}
