import { randomUUID } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection, Payload } from '@nats-io/transport-node';
import type { AgentCommandName, CommandReply } from '../../../src/domain/agents/commands.ts';
import { reportMessageId } from '../../../src/domain/agents/report.ts';
import type { Heartbeat, Report } from '../../../src/domain/agents/report.ts';
import { commandSubject, heartbeatSubject, reportSubject } from '../../../src/domain/subjects.ts';
import { eventually } from '../../support/eventually.ts';

export const PROJECT = 'project-1';

/** The far side as the wire sees it: publishes what agents publish, answers what they are asked. */
export interface ScriptedAgent {
  readonly connection: NatsConnection;
  readonly guid: string;
  /** Publishes with its message id until the stream acknowledges; false when it was a duplicate. */
  readonly report: (report: Report, timeoutMs?: number) => Promise<boolean>;
  readonly heartbeat: (part?: Partial<Heartbeat>) => void;
  readonly answer: (command: AgentCommandName, reply: () => Payload | null) => void;
  readonly close: () => Promise<void>;
}

export async function connectScriptedAgent(url: string): Promise<ScriptedAgent> {
  const connection = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 100, ignoreAuthErrorAbort: true });
  const guid = randomUUID();
  return {
    connection,
    guid,
    report: async (report, timeoutMs = 500) => {
      const { projectId, workId, kind } = report;
      const stream = jetstream(connection, { timeout: timeoutMs });
      const publish = () => stream.publish(reportSubject(projectId, workId, kind), JSON.stringify(report), { msgID: reportMessageId(report) });
      return !(await eventually(publish)).duplicate;
    },
    heartbeat: (part = {}) => {
      const heartbeat: Heartbeat = { guid, projectId: PROJECT, state: 'free', idleForMs: 0, ...part };
      connection.publish(heartbeatSubject(PROJECT, guid), JSON.stringify(heartbeat));
    },
    answer: (command, reply) => {
      connection.subscribe(commandSubject(PROJECT, guid, command), {
        callback: (_error, message) => {
          const body = reply();
          if (body !== null) message.respond(body);
        },
      });
    },
    close: () => connection.close(),
  };
}

export const FREE: CommandReply = { accepted: true, state: 'free', idleForMs: 0 };

/** A progress report of its own item, unless told otherwise. */
export function aReport(part: Partial<Report> = {}): Report {
  const common = { workId: randomUUID(), projectId: PROJECT, guid: 'agent', fence: 1, seq: 1, runToken: 'token', sentAt: '2026-01-01T00:00:00.000Z' };
  return { ...common, kind: 'progress', progress: 50, ...part } as Report; // the kinds differ in fields that the tests set themselves
}
