// Submits work over HTTP, and learns from the published events when it is done. Arguments: the api, the NATS server.
import { connect } from '@nats-io/transport-node';
import { z } from 'zod';
import { eventSubject } from '../../../src/domain/subjects.ts';
import { SubmitOrder } from '../crew-orders.ts';
import type { SubmitResult } from '../crew-orders.ts';
import { inTurns } from '../in-turns.ts';
import { epochMs } from '../latency.ts';

const Event = z.object({ entityId: z.string() });
const Accepted = z.object({ id: z.string() });

const [, , api = '', natsUrl = ''] = process.argv;
const connection = await connect({ servers: [natsUrl] });
/** Null = completed before anybody waited for it. */
const waiting = new Map<string, (() => void) | null>();
let heeds = false;
connection.subscribe(eventSubject('default', 'work:completed'), {
  callback: (_error, message) => {
    if (!heeds) return;
    const { entityId } = Event.parse(message.json());
    const tell = waiting.get(entityId);
    if (tell === undefined || tell === null) waiting.set(entityId, null);
    else tell();
  },
});
connection.subscribe(eventSubject('default', 'work:failed'), {
  callback: (_error, message) => {
    if (typeof waiting.get(Event.parse(message.json()).entityId) !== 'function') return;
    console.error(`an item has failed: ${message.string()}`);
    process.exit(1);
  },
});
await connection.flush();

process.on('message', (message) => {
  void run(SubmitOrder.parse(message)).then((result) => process.send?.(result));
});

async function run({ pace, bodies, tokens, awaited }: SubmitOrder): Promise<SubmitResult> {
  const sent: SubmitResult['sent'] = [];
  heeds = awaited === 'each';
  const seconds = await inTurns(pace, async (n) => {
    const token = tokens[n % tokens.length];
    const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    const atMs = epochMs();
    const answer = await fetch(`${api}/api/work`, { method: 'POST', headers, body: bodies[n % bodies.length] ?? '' });
    if (answer.status !== 201) throw new Error(`an item was not accepted: ${await answer.text()}`);
    const { id: workId } = Accepted.parse(await answer.json());
    sent.push({ workId, atMs });
    if (awaited === 'each') await completed(workId);
  });
  return { seconds, sent };
}

async function completed(workId: string): Promise<void> {
  if (waiting.get(workId) !== null) await new Promise<void>((resolve) => waiting.set(workId, resolve));
  waiting.delete(workId);
}
