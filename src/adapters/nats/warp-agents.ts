import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, DiscardPolicy, jetstream, jetstreamManager, JetStreamApiCodes, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { Consumer, JsMsg } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { COORDINATOR_ROLE } from '../../domain/agents/registry-entry.ts';
import { readWarpWord, WarpMessage } from '../../domain/agents/warp-word.ts';
import { WeftError } from '../../domain/errors.ts';
import type { AgentGuid, ProjectId } from '../../domain/ids.ts';
import { REGISTRY_BUCKET, REPORTS_CONSUMER } from '../../domain/subjects.ts';
import type { WarpAgents } from '../../ports/warp-agents.ts';
import type { NatsConnectionHandle } from './connect.ts';
import { JETSTREAM_TIMEOUT_MS, orMissing } from './ensure-streams.ts';
import { parseMessage } from './parse-message.ts';
import { inboxSubject, linkOf, offerToInbox, offerToQueue, sendDirect } from './warp-offer.ts';

// An agent says little; more than this is somebody filling the stream.
const WORDS_MAX = 100_000;
const WORD_BYTES_MAX = 1_048_576;
const DAY_MS = 86_400_000;
const ACK_WAIT_MS = 30_000;
const RETRY_MS = 1000;
const RESTART_WAIT_MS = 1000;
const POLL_MS = 10_000;
const POLL_HEARTBEAT_MS = 2000;
const BATCH_MAX = 20;
// The bridges keep the entry; whoever offers looks only now and then.
const FOUND_FOR_MS = 30_000;
// What Warp's claims are checked against; anything else has no queue.
const QUEUE_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/u;

export interface WarpOptions {
  /** Who we are to agents; they can speak only to one who has a GUID. */
  readonly guid: AgentGuid;
  readonly projectId: ProjectId;
}

/** Warp's queues and inboxes. The words of all agents come by one stream of our own, from which all bridges read. */
export function createWarpAgents(nats: NatsConnectionHandle, { guid, projectId }: WarpOptions): WarpAgents {
  const registeredAt = new Date().toISOString();
  let foundUntilMs = -Infinity;
  return {
    offer: async (assignment, route) => {
      await beFound();
      const isQueueable = route === 'queue' && QUEUE_NAME.test(assignment.capability) && assignment.capability.toLowerCase() !== 'deadletter';
      const queued = isQueueable ? await offerToQueue(nats, { from: guid, assignment }) : null;
      if (queued !== null) return queued;
      const offer = offerToInbox(nats, { from: guid, assignment });
      await offer.repeat();
      return offer;
    },
    reject: (agent, reason) => {
      const content = { workItemId: agent.workId, reason };
      const messageId = `${agent.workId}:${String(agent.fence ?? 0)}:reject:${agent.guid}`;
      sendDirect(nats, { from: guid, to: agent.guid, type: 'work-reject', content, messageId });
      return Promise.resolve();
    },
    readWords: async (onWord, signal) => {
      while (!signal.aborted) {
        try {
          const link = await nats.whenConnected(signal);
          await read(await openInbox(nats, guid), onWord, { nats, end: AbortSignal.any([signal, link.lost]) });
        } catch (error) {
          if (!isAborted(signal)) nats.logger.debug({ err: error }, 'reading what agents say in the way of Warp starts over');
        }
        await delay(RESTART_WAIT_MS, undefined, { signal }).catch(() => undefined);
      }
    },
    keepEntry: async () => {
      await keepEntry();
    },
  };

  /** Agents speak to nobody whom they do not find in the registry, or whose messages no stream takes. */
  async function beFound(): Promise<void> {
    if (performance.now() < foundUntilMs) return;
    await openInbox(nats, guid);
    await keepEntry();
  }

  async function keepEntry(): Promise<void> {
    const entry = {
      guid,
      agentType: 'coordinator',
      handle: 'weft',
      hostname: hostname(),
      projectId,
      capabilities: [],
      scope: 'public',
      visibility: 'public',
      status: 'online',
      currentTaskCount: 0,
      maxConcurrentTasks: 0,
      registeredAt,
      lastHeartbeat: new Date().toISOString(),
      metadata: { role: COORDINATOR_ROLE },
    };
    try {
      await jetstream(linkOf(nats).connection, { timeout: JETSTREAM_TIMEOUT_MS }).publish(`$KV.${REGISTRY_BUCKET}.${guid}`, JSON.stringify(entry));
      foundUntilMs = performance.now() + FOUND_FOR_MS;
    } catch (error) {
      throw new WeftError('BUS_UNAVAILABLE', 'The registry did not take the entry of the coordinator.', { cause: error });
    }
  }
}

/** Exactly our own subject: a wildcard over those of agents would keep Warp from making its streams. */
async function openInbox(nats: NatsConnectionHandle, guid: AgentGuid): Promise<Consumer> {
  const { connection } = linkOf(nats);
  const manager = await jetstreamManager(connection, { timeout: JETSTREAM_TIMEOUT_MS, checkAPI: false });
  const name = `INBOX_${guid.replaceAll('-', '_')}`;
  if ((await orMissing(manager.streams.info(name), JetStreamApiCodes.StreamNotFound)) === null) {
    await manager.streams.add({
      name,
      subjects: [inboxSubject(guid)],
      storage: StorageType.File,
      retention: RetentionPolicy.Workqueue,
      discard: DiscardPolicy.Old,
      max_age: nanos(7 * DAY_MS),
      max_msgs: WORDS_MAX,
      max_msg_size: WORD_BYTES_MAX,
      max_bytes: 128 * WORD_BYTES_MAX,
    });
  }
  if ((await orMissing(manager.consumers.info(name, REPORTS_CONSUMER), JetStreamApiCodes.ConsumerNotFound)) === null) {
    const consumer = { durable_name: REPORTS_CONSUMER, ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All, ack_wait: nanos(ACK_WAIT_MS) };
    await manager.consumers.add(name, { ...consumer, max_deliver: -1 });
  }
  return jetstream(connection, { timeout: JETSTREAM_TIMEOUT_MS }).consumers.get(name, REPORTS_CONSUMER);
}

async function read(consumer: Consumer, onWord: Parameters<WarpAgents['readWords']>[0], { nats, end }: { nats: NatsConnectionHandle; end: AbortSignal }) {
  while (!isAborted(end)) {
    const messages = await consumer.fetch({ max_messages: BATCH_MAX, expires: POLL_MS, idle_heartbeat: POLL_HEARTBEAT_MS });
    const stop = (): void => {
      messages.stop();
    };
    end.addEventListener('abort', stop, { once: true });
    try {
      for await (const message of messages) await take(message, onWord, nats);
    } finally {
      end.removeEventListener('abort', stop);
    }
  }
}

async function take(message: JsMsg, onWord: Parameters<WarpAgents['readWords']>[0], nats: NatsConnectionHandle): Promise<void> {
  const parsed = parseMessage(WarpMessage, message.data);
  const word = parsed === null ? null : readWarpWord(parsed, Date.now());
  if (word === null) {
    nats.logger.debug({ messageType: parsed?.messageType }, 'a message to the coordinator is no report');
    message.ack();
    return;
  }
  if ((await onWord(word)) === 'taken') message.ack();
  else message.nak(RETRY_MS);
}

/** Asked as a question, because the compiler takes a property that it has seen for settled. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
