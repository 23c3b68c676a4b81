import { ROUNDS_QUEUE_GROUP, WAKE_SUBJECT } from '../../domain/subjects.ts';
import type { WakeLine } from '../../ports/wake-line.ts';
import type { NatsConnectionHandle } from './connect.ts';
import { subscribeInGroup } from './subscribe-in-group.ts';

// An answer takes a millisecond; a worker that is busy for longer than this is not quicker than the engine.
const WAKE_TIMEOUT_MS = 500;

/** Wakes over core NATS: one of the workers that listen gets each. */
export function createWakeLine(nats: NatsConnectionHandle): WakeLine {
  return {
    wake: async () => {
      try {
        const answer = await nats.link()?.connection.request(WAKE_SUBJECT, '', { timeout: WAKE_TIMEOUT_MS });
        return answer !== undefined;
      } catch (error) {
        nats.logger.debug({ err: error }, 'no worker has heard a wake');
        return false;
      }
    },
    heed: (onWake, signal) =>
      subscribeInGroup(nats, { subject: WAKE_SUBJECT, group: ROUNDS_QUEUE_GROUP, signal }, (message) => {
        message.respond();
        onWake();
      }),
  };
}
