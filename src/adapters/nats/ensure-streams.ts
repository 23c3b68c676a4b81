import { AckPolicy, DeliverPolicy, jetstreamManager, JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import type { ConsumerConfig, JetStreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { WeftError } from '../../domain/errors.ts';
import { REPORTS_CONSUMER, STREAMS } from '../../domain/subjects.ts';
import type { NatsConnectionHandle } from './connect.ts';
import { STREAM_SPECS } from './streams.ts';
import type { StreamSpec } from './streams.ts';

/** A report that is neither acknowledged nor said to be in work for this long is delivered again. */
export const ACK_WAIT_MS = 10_000;
// Reports handed out and not yet acknowledged, over all bridges; those that wait to be delivered again count.
const ACK_PENDING_MAX = 10_000;
export const JETSTREAM_TIMEOUT_MS = 3000;

const reportsConsumer: Partial<ConsumerConfig> = {
  durable_name: REPORTS_CONSUMER,
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  ack_wait: nanos(ACK_WAIT_MS),
  max_deliver: -1,
  max_ack_pending: ACK_PENDING_MAX,
};

/**
 * Creates the streams, the registry's bucket and the report consumer where they are missing; any number of processes may do so
 * at once. What exists keeps its settings, but a stream without a bound gets one. Throws `BUS_UNAVAILABLE`.
 */
export async function ensureStreams(nats: NatsConnectionHandle): Promise<void> {
  const link = nats.link();
  if (link === null) throw new WeftError('BUS_UNAVAILABLE', 'NATS is away; its streams could not be looked at.');
  try {
    const manager = await jetstreamManager(link.connection, { timeout: JETSTREAM_TIMEOUT_MS, checkAPI: false });
    await Promise.all(STREAM_SPECS.map((spec) => ensureStream(manager, spec)));
    await ensureConsumer(manager);
  } catch (error) {
    throw new WeftError('BUS_UNAVAILABLE', 'The streams of NATS could not be created.', { cause: error });
  }
}

async function ensureStream(manager: JetStreamManager, spec: StreamSpec): Promise<void> {
  const existing = await orMissing(manager.streams.info(spec.name), JetStreamApiCodes.StreamNotFound);
  if (existing === null) {
    await manager.streams.add(spec);
  } else if (existing.config.max_bytes <= 0) {
    // Made by another client (the registry's bucket), which set no bound.
    await manager.streams.update(spec.name, { max_bytes: spec.max_bytes, max_age: spec.max_age });
  }
}

async function ensureConsumer(manager: JetStreamManager): Promise<void> {
  const existing = await orMissing(manager.consumers.info(STREAMS.reports, REPORTS_CONSUMER), JetStreamApiCodes.ConsumerNotFound);
  if (existing === null) await manager.consumers.add(STREAMS.reports, reportsConsumer);
}

/** What was asked for, or null when JetStream says that it does not exist. */
export async function orMissing<T>(asked: Promise<T>, missingCode: JetStreamApiCodes): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === missingCode) return null;
    throw error;
  }
}
