import { jetstreamManager } from '@nats-io/jetstream';
import type { BridgeStatus } from '../../domain/agents/commands.ts';
import { Heartbeat } from '../../domain/agents/report.ts';
import { WeftError } from '../../domain/errors.ts';
import { ALL_HEARTBEATS, BRIDGE_QUEUE_GROUP, BRIDGE_STATUS_SUBJECT, heartbeatSubject, REPORTS_CONSUMER, STREAMS } from '../../domain/subjects.ts';
import type { AgentInbox } from '../../ports/agent-inbox.ts';
import type { NatsConnectionHandle } from './connect.ts';
import { createReportReader } from './consume-reports.ts';
import type { ReadingSince } from './consume-reports.ts';
import { JETSTREAM_TIMEOUT_MS } from './ensure-streams.ts';
import { parseMessage } from './parse-message.ts';
import { subscribeInGroup } from './subscribe-in-group.ts';

// Heartbeats in work at once; more are dropped, because the next ones say the same.
const HEARTBEATS_UNDER_WAY_MAX = 1000;

/** What agents send, as the bridge receives it. */
export function createAgentInbox(nats: NatsConnectionHandle): AgentInbox {
  const reading: ReadingSince = { sinceMs: null };
  return {
    consumeReports: createReportReader(nats, reading),
    consumeHeartbeats: async (onHeartbeat, signal) => {
      let underWay = 0;
      await subscribeInGroup(nats, { subject: ALL_HEARTBEATS, group: BRIDGE_QUEUE_GROUP, signal }, (message) => {
        const heartbeat = parseMessage(Heartbeat, message.data);
        if (heartbeat === null || message.subject !== heartbeatSubject(heartbeat.projectId, heartbeat.guid)) {
          nats.logger.debug({ subject: message.subject }, 'dropped a malformed heartbeat');
        } else if (underWay < HEARTBEATS_UNDER_WAY_MAX) {
          underWay += 1;
          void onHeartbeat(heartbeat)
            .catch((error: unknown) => {
              nats.logger.warn({ err: error, agentGuid: heartbeat.guid }, 'a heartbeat could not be taken');
            })
            .finally(() => {
              underWay -= 1;
            });
        }
      });
    },
    answerStatus: (status, signal) =>
      subscribeInGroup(nats, { subject: BRIDGE_STATUS_SUBJECT, group: BRIDGE_QUEUE_GROUP, signal }, (message) => {
        void (async () => {
          try {
            message.respond(JSON.stringify(await status()));
          } catch (error) {
            // No answer says it: our side may be deaf.
            nats.logger.debug({ err: error }, 'a question for the state of the bridge stays without answer');
          }
        })();
      }),
    status: () => readStatus(nats, reading),
  };
}

async function readStatus(nats: NatsConnectionHandle, reading: ReadingSince): Promise<BridgeStatus> {
  const link = nats.link();
  if (link === null) throw new WeftError('BUS_UNAVAILABLE', 'NATS is away; how many reports wait is not known.');
  try {
    const manager = await jetstreamManager(link.connection, { timeout: JETSTREAM_TIMEOUT_MS, checkAPI: false });
    const consumer = await manager.consumers.info(STREAMS.reports, REPORTS_CONSUMER);
    const sinceMs = reading.sinceMs === null ? null : Math.max(reading.sinceMs, link.sinceMs);
    return {
      connectedForMs: sinceMs === null ? 0 : Math.floor(performance.now() - sinceMs),
      reportsPending: consumer.num_pending + consumer.num_ack_pending,
    };
  } catch (error) {
    throw new WeftError('BUS_UNAVAILABLE', 'The stream of reports did not answer.', { cause: error });
  }
}
