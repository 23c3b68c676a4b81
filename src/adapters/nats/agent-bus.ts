import { errors } from '@nats-io/transport-node';
import { BridgeStatus, CommandReply } from '../../domain/agents/commands.ts';
import { WeftError } from '../../domain/errors.ts';
import { BRIDGE_STATUS_SUBJECT, commandSubject, heartbeatSubject } from '../../domain/subjects.ts';
import type { AgentBus } from '../../ports/agent-bus.ts';
import type { NatsConnectionHandle } from './connect.ts';
import { parseMessage } from './parse-message.ts';

/** Talking to agents and bridges by request/reply. */
export function createAgentBus(nats: NatsConnectionHandle): AgentBus {
  return {
    command: async (address, command, timeoutMs) => {
      const subject = commandSubject(address.projectId, address.guid, command.name);
      const answer = await request(nats, { subject, body: JSON.stringify(command), timeoutMs });
      if (answer.kind !== 'body') return answer;
      const reply = parseMessage(CommandReply, answer.body);
      return reply === null ? { kind: 'no-answer' } : { kind: 'reply', reply };
    },
    whenHeard: (address, timeoutMs) => whenHeard(nats, heartbeatSubject(address.projectId, address.guid), timeoutMs),
    bridgeStatus: async (timeoutMs) => {
      const answer = await request(nats, { subject: BRIDGE_STATUS_SUBJECT, body: '', timeoutMs });
      return answer.kind === 'body' ? parseMessage(BridgeStatus, answer.body) : null;
    },
    isConnected: () => nats.link() !== null,
    ping: async () => {
      const link = nats.link();
      if (link === null) return false;
      await link.connection.rtt();
      return true;
    },
  };
}

type Answer = { readonly kind: 'body'; readonly body: Uint8Array } | { readonly kind: 'nobody' | 'no-answer' | 'unreachable' };

async function request(nats: NatsConnectionHandle, { subject, body, timeoutMs }: { subject: string; body: string; timeoutMs: number }): Promise<Answer> {
  const link = nats.link();
  if (link === null) return { kind: 'unreachable' };
  try {
    const message = await link.connection.request(subject, body, { timeout: timeoutMs });
    return { kind: 'body', body: message.data };
  } catch (error) {
    if (error instanceof errors.InvalidArgumentError) {
      throw new WeftError('INTERNAL', `A message to ${subject} is larger than NATS takes (${String(Buffer.byteLength(body))} bytes).`, { cause: error });
    }
    if (isNobody(error)) return { kind: 'nobody' };
    // A request that was cut off says nothing about the one who was asked.
    return { kind: link.lost.aborted ? 'unreachable' : 'no-answer' };
  }
}

function whenHeard(nats: NatsConnectionHandle, subject: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const heard = nats.link()?.connection.subscribe(subject, { max: 1, callback: end });
    const timer = setTimeout(end, timeoutMs);
    function end(): void {
      clearTimeout(timer);
      heard?.unsubscribe();
      resolve();
    }
  });
}

function isNobody(error: unknown): boolean {
  return error instanceof errors.NoRespondersError || (error instanceof errors.RequestError && error.isNoResponders());
}
