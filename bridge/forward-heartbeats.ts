import type { Logger } from 'pino';
import type { Heartbeat } from '../src/domain/agents/report.ts';
import type { LeaseBeats } from './lease-beats.ts';
import type { SupervisionBeats } from './supervision-beats.ts';

export interface HeartbeatTargets {
  readonly supervisions: SupervisionBeats;
  readonly leases: LeaseBeats;
  readonly logger: Logger;
}

/** A runner's heartbeat keeps two clocks apart: that it beats is for its supervision, that its harness is active is for its item. */
export function createHeartbeatForwarder({ supervisions, leases, logger }: HeartbeatTargets): (heartbeat: Heartbeat) => Promise<void> {
  return async (heartbeat) => {
    const supervised = heartbeat.leaving === true ? supervisions.leave(heartbeat.guid, heartbeat.failed === true) : supervisions.beat(heartbeat.guid);
    const forwarded = await Promise.allSettled([supervised, leases.heartbeat(heartbeat)]);
    for (const result of forwarded) {
      // The next one comes soon; a clock that runs out meanwhile is not believed before the agent was asked.
      if (result.status === 'rejected') logger.debug({ err: result.reason as unknown, agentGuid: heartbeat.guid }, 'a heartbeat was not forwarded');
    }
  };
}
