import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import { pino } from 'pino';
import { connectNats, createLogReader, ensureStreams } from '../../../src/adapters/nats/index.ts';
import type { NatsConnectionHandle } from '../../../src/adapters/nats/index.ts';
import type { LogChunk } from '../../../src/domain/agents/log-chunk.ts';
import { logSubject } from '../../../src/domain/subjects.ts';
import type { LogEntry, LogRange, LogRead } from '../../../src/ports/log-reader.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestNats } from '../../support/servers.ts';
import type { TestNats } from '../../support/servers.ts';

const PROJECT = 'project-1';

let server: TestNats;
let nats: NatsConnectionHandle;

beforeAll(async () => {
  server = await startTestNats();
  nats = await connectNats({ url: server.url, name: 'test', logger: pino({ level: 'silent' }) });
  await ensureStreams(nats);
});

afterAll(async () => {
  await nats.close();
  await server.stop();
});

async function print(workId: string, from: number, to: number): Promise<void> {
  const { connection } = await nats.whenConnected(AbortSignal.timeout(10_000));
  const stream = jetstream(connection);
  await Promise.all(
    Array.from({ length: to - from + 1 }, (_, index) => {
      const text = `line ${String(from + index)}`;
      const chunk: LogChunk = { workId, guid: 'agent-1', fence: 1, seq: from + index, sentAt: new Date().toISOString(), lines: [], linesDropped: 0 };
      return stream.publish(logSubject(PROJECT, workId), JSON.stringify({ ...chunk, lines: [{ stream: 'stdout', text }] }));
    }),
  );
}

async function read(workId: string, range: Partial<LogRange>): Promise<LogRead & { texts: (string | undefined)[] }> {
  const entries: LogEntry[] = [];
  const done = await createLogReader(nats).read(
    { projectId: PROJECT, workId, after: 0, ...range },
    (entry) => void entries.push(entry),
    AbortSignal.timeout(30_000),
  );
  return { ...done, texts: entries.map(({ chunk }) => chunk.lines[0]?.text) };
}

test('the newest of a long log are read without the rest, also when others printed in between', async () => {
  const [mine, other] = [randomUUID(), randomUUID()];
  for (let part = 0; part < 10; part++) {
    await print(mine, part * 100 + 1, part * 100 + 100);
    await print(other, part * 100 + 1, part * 100 + 100);
  }

  const { texts, isWhole } = await read(mine, { newest: 20 });

  expect(texts.slice(-20)).toEqual(Array.from({ length: 20 }, (_, index) => `line ${String(981 + index)}`));
  expect(texts.length).toBeLessThan(400);
  expect(isWhole).toBe(false);
});

test('a log that has fewer than the newest that were asked for is read whole', async () => {
  const workId = randomUUID();
  await print(workId, 1, 5);

  expect(await read(workId, { newest: 20 })).toMatchObject({ texts: ['line 1', 'line 2', 'line 3', 'line 4', 'line 5'], isWhole: true });
  expect(await read(randomUUID(), { newest: 20 })).toEqual({ texts: [], position: 0, isWhole: true });
});

test('a reader goes on after what it has read', async () => {
  const workId = randomUUID();
  await print(workId, 1, 3);
  const { position } = await read(workId, {});

  await print(workId, 4, 4);

  expect(await read(workId, { after: position })).toMatchObject({ texts: ['line 4'] });
});

test('whoever watches hears of what is printed, also after the server was away, and of nobody else’s', async () => {
  const [mine, other] = [randomUUID(), randomUUID()];
  let news = 0;
  const end = new AbortController();
  const watching = createLogReader(nats).watch(
    { projectId: PROJECT, workId: mine },
    () => {
      news += 1;
    },
    end.signal,
  );
  await print(other, 1, 3);
  await print(mine, 1, 1);
  await eventually(() => {
    expect(news).toBe(1);
  });

  await server.kill9();
  await server.restart();
  await eventually(async () => {
    await print(mine, 2, 2);
    expect(news).toBeGreaterThan(1);
  });

  end.abort();
  await watching;
});
