import type { Msg } from '@nats-io/transport-node';
import type { NatsConnectionHandle } from './connect.ts';

export interface GroupSubscription {
  readonly subject: string;
  /** Of all processes that subscribe under this name, one gets each message. */
  readonly group: string;
  readonly signal: AbortSignal;
}

/** Keeps one subscription until `signal` aborts, over any number of lost connections. */
export async function subscribeInGroup(
  nats: NatsConnectionHandle,
  { subject, group, signal }: GroupSubscription,
  onMessage: (message: Msg) => void,
): Promise<void> {
  while (!signal.aborted) {
    const link = await nats.whenConnected(signal).catch(() => null);
    if (link === null) return;
    const subscription = link.connection.subscribe(subject, { queue: group });
    const stop = (): void => {
      subscription.unsubscribe();
    };
    signal.addEventListener('abort', stop, { once: true });
    for await (const message of subscription) onMessage(message);
    signal.removeEventListener('abort', stop);
  }
}
