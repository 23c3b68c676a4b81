import { createHash, randomUUID } from 'node:crypto';
import { DiscardPolicy, jetstream, jetstreamManager, JetStreamApiCodes, JetStreamApiError, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { headers, nanos } from '@nats-io/transport-node';
import type { Assignment } from '../../domain/agents/commands.ts';
import { WeftError } from '../../domain/errors.ts';
import type { AgentGuid } from '../../domain/ids.ts';
import type { WarpOffer } from '../../ports/warp-agents.ts';
import type { NatsConnectionHandle, NatsLink } from './connect.ts';
import { JETSTREAM_TIMEOUT_MS, orMissing } from './ensure-streams.ts';

const DAY_MS = 86_400_000;
// The server's word for a message that is no longer there.
const MESSAGE_NOT_FOUND = 10_037;

/** A UUID of version 4 in form, because Warp speaks to no other; the same for all processes of an installation. */
export function coordinatorGuid(installationId: string): AgentGuid {
  const hex = createHash('sha256').update(`weft coordinator ${installationId}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function inboxSubject(guid: AgentGuid): string {
  return `global.agent.${guid}`;
}

/** Warp's stream of a capability; several spellings share one. */
function queueStream(capability: string): string {
  return `WORKQUEUE_${capability.replaceAll(/[^a-zA-Z0-9]/gu, '_').toUpperCase()}`;
}

export function linkOf(nats: NatsConnectionHandle): NatsLink {
  const link = nats.link();
  if (link === null) throw new WeftError('BUS_UNAVAILABLE', 'NATS is away; nothing can be said to agents.');
  return link;
}

interface Direct {
  readonly from: AgentGuid;
  readonly to: AgentGuid;
  readonly type: string;
  readonly content: object;
  /** The same again is dropped by the server for a while. */
  readonly messageId: string;
}

export function sendDirect(nats: NatsConnectionHandle, { from, to, type, content, messageId }: Direct): void {
  const message = {
    id: randomUUID(),
    senderGuid: from,
    senderHandle: 'weft',
    recipientGuid: to,
    messageType: type,
    content: JSON.stringify(content),
    timestamp: new Date().toISOString(),
  };
  const head = headers();
  head.set('Nats-Msg-Id', messageId);
  linkOf(nats).connection.publish(inboxSubject(to), JSON.stringify(message), { headers: head });
}

export function offerToInbox(nats: NatsConnectionHandle, { from, assignment }: { from: AgentGuid; assignment: Assignment }): WarpOffer {
  const { workId, fence } = assignment;
  let times = 0;
  const say = (): Promise<void> => {
    times += 1;
    const content = { workItemId: workId, ...describe(assignment, from) };
    sendDirect(nats, { from, to: assignment.guid, type: 'work-offer', content, messageId: `${workId}:${String(fence)}:offer:${String(times)}` });
    return Promise.resolve();
  };
  return { isTaken: () => Promise.resolve(false), repeat: say, withdraw: () => Promise.resolve() };
}

/** Null when the queue does not take it: another spelling of the capability has its stream, say. */
export async function offerToQueue(nats: NatsConnectionHandle, { from, assignment }: { from: AgentGuid; assignment: Assignment }): Promise<WarpOffer | null> {
  const { connection } = linkOf(nats);
  const { workId, fence, capability } = assignment;
  try {
    const manager = await jetstreamManager(connection, { timeout: JETSTREAM_TIMEOUT_MS, checkAPI: false });
    const subject = `global.workqueue.${capability}`;
    await ensureQueue(manager, { name: queueStream(capability), subject });
    const body = { id: workId, ...describe(assignment, from), offeredBy: from, offeredAt: new Date().toISOString(), attempts: 0, scope: 'team' };
    const { stream, seq } = await jetstream(connection, { timeout: JETSTREAM_TIMEOUT_MS }).publish(subject, JSON.stringify(body), {
      msgID: `${workId}:${String(fence)}`,
    });
    return {
      isTaken: async () => !(await isThere(manager, stream, seq)),
      repeat: () => Promise.resolve(),
      withdraw: async () => {
        await manager.streams.deleteMessage(stream, seq).catch(() => undefined); // taken meanwhile, or NATS is away
      },
    };
  } catch (error) {
    nats.logger.debug({ err: error, capability }, 'the work queue does not take an offer');
    return null;
  }
}

/** As Warp itself makes it; one that is there keeps its settings. */
async function ensureQueue(manager: JetStreamManager, { name, subject }: { name: string; subject: string }): Promise<void> {
  if ((await orMissing(manager.streams.info(name), JetStreamApiCodes.StreamNotFound)) !== null) return;
  await manager.streams.add({
    name,
    subjects: [subject],
    storage: StorageType.File,
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.Old,
    max_age: nanos(7 * DAY_MS),
    max_msgs: 10_000,
  });
}

async function isThere(manager: JetStreamManager, stream: string, seq: number): Promise<boolean> {
  try {
    return (await manager.streams.getMessage(stream, { seq })) !== null;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === MESSAGE_NOT_FOUND) return false;
    throw error;
  }
}

function describe({ taskId, capability, description, contextData, projectId, boundary, attempt, workId, fence }: Assignment, replyTo: AgentGuid) {
  return {
    taskId,
    capability,
    description,
    contextData: {
      ...contextData,
      weft: {
        replyTo,
        projectId,
        boundary,
        attempt,
        fence,
        instructions:
          `This is work item ${workId}. Report to agent ${replyTo} with warp_messages_send_direct (send_direct_message before Warp 1.0); the message is JSON ` +
          `and names "workItemId": "${workId}" and "fence": ${String(fence)}. First messageType "work-claim" with "claimerCapabilities"; while you work ` +
          '"progress-update" with "progress" (0-100) and "message"; at the end "work-complete" with "result" and "summary", or "work-error" with "error" and ' +
          '"recoverable". Stop when you are sent "work-reject" for it.',
      },
    },
  };
}
