import type { Announcements } from '../../ports/announcements.ts';
import type { NatsConnectionHandle } from './connect.ts';

/** Core NATS. */
export function createAnnouncements(nats: NatsConnectionHandle): Announcements {
  return {
    publish: (subject, body) => {
      try {
        nats.link()?.connection.publish(subject, JSON.stringify(body));
      } catch (error) {
        nats.logger.warn({ err: error, subject }, 'an announcement could not be sent');
      }
    },
  };
}
