import { DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { REPORT_BYTES_MAX } from '../../domain/agents/report.ts';
import { EVENTS_RETAINED_MAX } from '../../domain/events/retained-events.ts';
import { ALL_EVENTS, ALL_LOGS, ALL_REPORTS, REGISTRY_BUCKET, STREAMS } from '../../domain/subjects.ts';

const MIB = 1_048_576;
const DAY_MS = 86_400_000;
// What a message's headers may add to its body.
const HEADER_BYTES_MAX = 4096;

/** Largest body of a published event; one that is larger goes out without its data, which the ledger has. */
export const EVENT_BYTES_MAX = 65_536;
/** The runner relies on it: only after this long does the same report count as a new message. */
const DUPLICATE_WINDOW_MS = 120_000;
// Twice the largest chunk of log lines that the runner sends, JSON escapes included.
const LOG_BYTES_MAX = 2 * 262_144;
// Live agents write their entry twice a minute; what is older is an agent that left.
const REGISTRY_AGE_MS_MAX = DAY_MS;
const REGISTRY_ENTRY_BYTES_MAX = 65_536;

export type StreamSpec = Partial<StreamConfig> & { readonly name: string; readonly max_bytes: number; readonly max_age: number };

/** Reports are refused rather than dropped when nobody takes them for long: the runners keep and resend them. */
const reports: StreamSpec = {
  name: STREAMS.reports,
  subjects: [ALL_REPORTS],
  storage: StorageType.File,
  retention: RetentionPolicy.Workqueue,
  discard: DiscardPolicy.New,
  max_bytes: 256 * MIB,
  max_age: 0,
  max_msg_size: REPORT_BYTES_MAX + HEADER_BYTES_MAX,
  duplicate_window: nanos(DUPLICATE_WINDOW_MS),
};

const logs: StreamSpec = {
  name: STREAMS.logs,
  subjects: [ALL_LOGS],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.Old,
  max_bytes: 256 * MIB,
  max_age: nanos(7 * DAY_MS),
  max_msg_size: LOG_BYTES_MAX + HEADER_BYTES_MAX,
};

/** The newest events; the ledger has all of them. */
const events: StreamSpec = {
  name: STREAMS.events,
  subjects: [ALL_EVENTS],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.Old,
  max_msgs: EVENTS_RETAINED_MAX,
  max_bytes: 128 * MIB,
  max_age: 0,
  max_msg_size: EVENT_BYTES_MAX + HEADER_BYTES_MAX,
  duplicate_window: nanos(DUPLICATE_WINDOW_MS),
};

/** The registry's bucket, shared with Warp, as any client's key-value layer would make it; whoever comes first creates it. */
const registry: StreamSpec = {
  name: `KV_${REGISTRY_BUCKET}`,
  subjects: [`$KV.${REGISTRY_BUCKET}.>`],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  max_msgs_per_subject: 1,
  max_bytes: 64 * MIB,
  max_age: nanos(REGISTRY_AGE_MS_MAX),
  max_msg_size: REGISTRY_ENTRY_BYTES_MAX,
  allow_direct: true,
  allow_rollup_hdrs: true,
  deny_delete: true,
};

export const STREAM_SPECS: readonly StreamSpec[] = [reports, logs, events, registry];
