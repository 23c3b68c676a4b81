import { randomUUID } from 'node:crypto';
import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { z } from 'zod';
import { eventually } from './eventually.ts';

const Offer = z.looseObject({
  id: z.string(),
  description: z.string(),
  offeredBy: z.string(),
  contextData: z.looseObject({ weft: z.looseObject({ replyTo: z.string(), fence: z.int() }) }),
});
export type Offer = z.infer<typeof Offer>;

const Direct = z.object({ senderGuid: z.string(), messageType: z.string(), content: z.string() });
type Direct = z.infer<typeof Direct>;

/** An agent as Warp's tools make it; each method is one of them, with what that refuses. */
export interface WarpAgent {
  readonly guid: string;
  readonly updatePresence: (fields: object) => Promise<void>;
  /** The next offer for its capability, acknowledged at once; null when none comes in time. */
  readonly claim: (timeoutMs?: number) => Promise<Offer | null>;
  /** How many offers nobody has claimed. */
  readonly waiting: () => Promise<number>;
  readonly sendDirect: (recipient: string, messageType: string, content: object) => Promise<void>;
  /** What has come to its inbox so far. */
  readonly inbox: () => readonly Direct[];
  readonly close: () => Promise<void>;
}

interface WarpEntry {
  readonly capability: string;
  readonly boundaries?: readonly string[];
  readonly projectId?: string;
}

export async function registerWarpAgent(url: string, { capability, boundaries = ['open-source'], projectId = 'default' }: WarpEntry): Promise<WarpAgent> {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  const stream = jetstream(connection);
  const registry = await new Kvm(stream).open('agent-registry');
  const guid = randomUUID();
  const inbox: Direct[] = [];
  connection.subscribe(`global.agent.${guid}`, {
    callback: (_error, message) => {
      inbox.push(Direct.parse(message.json()));
    },
  });
  await manager.streams.add({ name: `INBOX_${guid.replaceAll('-', '_')}`, subjects: [`global.agent.${guid}`] });
  let entry: Record<string, unknown> = {
    guid,
    agentType: 'developer',
    handle: 'warp',
    hostname: 'somewhere',
    projectId,
    natsUrl: url,
    capabilities: [capability],
    scope: 'team',
    status: 'online',
    currentTaskCount: 0,
    registeredAt: new Date().toISOString(),
    metadata: { boundaries },
  };
  const put = async (fields: object): Promise<void> => {
    entry = { ...entry, ...fields, lastHeartbeat: new Date().toISOString() };
    await registry.put(guid, JSON.stringify(entry));
  };
  await put({});

  const name = `WORKQUEUE_${capability.replaceAll(/[^a-zA-Z0-9]/gu, '_').toUpperCase()}`;
  const durable = `worker-${name.slice('WORKQUEUE_'.length)}`;
  return {
    guid,
    updatePresence: put,
    claim: async (timeoutMs = 30_000) => {
      const endMs = performance.now() + timeoutMs;
      do {
        const message = await claimOne(timeoutMs).catch(() => null); // the stream may not be there yet
        if (message !== null) return message;
        await eventually(() => manager.streams.info(name), timeoutMs).catch(() => null);
      } while (performance.now() < endMs);
      return null;
    },
    waiting: async () => (await manager.streams.info(name)).state.messages,
    sendDirect: async (recipient, messageType, content) => {
      const known = await registry.get(recipient);
      if (known === null || !z.uuidv4().safeParse(recipient).success) throw new Error(`Recipient not found: ${recipient}`);
      const message = { id: randomUUID(), senderGuid: guid, senderHandle: 'warp', recipientGuid: recipient, messageType, content: JSON.stringify(content) };
      await stream.publish(`global.agent.${recipient}`, JSON.stringify({ ...message, timestamp: new Date().toISOString() }));
    },
    inbox: () => inbox,
    close: () => connection.close(),
  };

  async function claimOne(timeoutMs: number): Promise<Offer | null> {
    const { config } = await manager.streams.info(name);
    if (config.retention !== RetentionPolicy.Workqueue) throw new Error('no work queue');
    await manager.consumers.add(name, { durable_name: durable, ack_policy: AckPolicy.Explicit, max_deliver: 3 });
    const consumer = await stream.consumers.get(name, durable);
    const message = await consumer.next({ expires: Math.min(30_000, Math.max(1000, timeoutMs)) });
    if (message === null) return null;
    message.ack();
    return Offer.parse(message.json());
  }
}
