import type { ConsumerMessages } from '@nats-io/jetstream';
import { AckPolicy, RetentionPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { LogChunk } from '../../src/domain/agents/log-chunk.ts';
import { CommandReply } from '../../src/domain/agents/commands.ts';
import type { AgentCommand, Assignment } from '../../src/domain/agents/commands.ts';
import { RegistryEntry } from '../../src/domain/agents/registry-entry.ts';
import { Heartbeat, Report } from '../../src/domain/agents/report.ts';
import { ALL_HEARTBEATS, ALL_LOGS, ALL_REPORTS, REGISTRY_BUCKET, REPORTS_CONSUMER, STREAMS, commandSubject } from '../../src/domain/subjects.ts';
import { GUID } from './assignment.ts';
import { until } from './processes.ts';

/** The server's side of the protocol, on a real NATS: what it hears, and what it tells the agent. */
export class ServerSide {
  readonly reports: Report[] = [];
  readonly heartbeats: Heartbeat[] = [];
  readonly logs: LogChunk[] = [];
  readonly #connection: NatsConnection;
  #reading: ConsumerMessages | null = null;

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  static async connect(url: string): Promise<ServerSide> {
    // Never encrypted: a server that offers both is tested with the runner, not with us.
    const options = { tls: null, servers: [url], maxReconnectAttempts: -1, reconnectTimeWait: 100, waitOnFirstConnect: true };
    const side = new ServerSide(await connect(options));
    side.#listen(ALL_HEARTBEATS, (body) => side.heartbeats.push(Heartbeat.parse(body)));
    side.#listen(ALL_LOGS, (body) => side.logs.push(LogChunk.parse(body)));
    return side;
  }

  /** Makes the report stream and reads it, as the bridge does. */
  async readReports(): Promise<void> {
    const manager = await jetstreamManager(this.#connection);
    await manager.streams.add({ name: STREAMS.reports, subjects: [ALL_REPORTS], retention: RetentionPolicy.Workqueue });
    await manager.consumers.add(STREAMS.reports, { durable_name: REPORTS_CONSUMER, ack_policy: AckPolicy.Explicit });
    const consumer = await jetstream(this.#connection).consumers.get(STREAMS.reports, REPORTS_CONSUMER);
    this.#reading = await consumer.consume({
      expires: 1000,
      callback: (message) => {
        this.reports.push(Report.parse(message.json()));
        message.ack();
      },
    });
  }

  async stopReading(): Promise<void> {
    await this.#reading?.close();
    this.#reading = null;
  }

  /** True when the stream holds this many reports that nobody has read. */
  async reportsStored(count: number): Promise<boolean> {
    const manager = await jetstreamManager(this.#connection);
    return (await manager.streams.info(STREAMS.reports)).state.messages === count;
  }

  #listen(subject: string, onMessage: (body: unknown) => void): void {
    this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) onMessage(message.json());
      },
    });
  }

  async tell(command: AgentCommand): Promise<CommandReply> {
    const answer = await this.#connection.request(commandSubject('default', GUID, command.name), JSON.stringify(command), { timeout: 20_000 });
    return CommandReply.parse(answer.json());
  }

  assign(assignment: Assignment): Promise<CommandReply> {
    return this.tell({ name: 'assign', assignment });
  }

  settle({ workId, fence }: Assignment): Promise<CommandReply> {
    return this.tell({ name: 'settled', workId, fence });
  }

  async registryEntry(): Promise<RegistryEntry | null> {
    const bucket = await new Kvm(this.#connection).open(REGISTRY_BUCKET);
    const entry = await bucket.get(GUID).catch(() => null);
    return entry === null ? null : RegistryEntry.parse(entry.json());
  }

  /** The first report of this kind, as soon as it is there. */
  async report<K extends Report['kind']>(kind: K): Promise<Extract<Report, { kind: K }>> {
    const found = () => this.reports.find((report) => report.kind === kind);
    await until(() => found() !== undefined, `a report "${kind}" (got ${JSON.stringify(this.reports)})`);
    return found() as Extract<Report, { kind: K }>; // found by its kind
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
