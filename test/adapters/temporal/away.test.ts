import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createTemporalEngine } from '../../../src/adapters/temporal/index.ts';
import type { WorkEngine } from '../../../src/ports/work-engine.ts';
import { newItem, newSession } from './work-item.ts';

// The adapter's own limit is 5 s; the machine may be busy.
const BOUND_MS = 20_000;

const CALLS: readonly (readonly [string, (engine: WorkEngine) => Promise<unknown>])[] = [
  ['starting work', (engine) => engine.startWork(newItem())],
  ['starting a session', (engine) => engine.startSession(newSession())],
  ['waking the coordinator', (engine) => engine.wakeCoordinator()],
  ['cancelling work', (engine) => engine.cancelWork(randomUUID(), 'why')],
  ['expiring work', (engine) => engine.expireWork(randomUUID(), null)],
  ['changing work', (engine) => engine.changeWork(newItem())],
  ['stopping a session', (engine) => engine.stopSession(randomUUID(), 'idle')],
  [
    'probing',
    (engine) => engine.probeTarget({ targetId: randomUUID(), targetName: 't', projectId: 'default', mechanism: 'local', hostId: 'h', timeoutMs: 1000 }),
  ],
  ['listing what runs', (engine) => engine.listRunningWork(() => undefined)],
  ['describing', (engine) => engine.describe('work-1')],
  ['completing an attempt', (engine) => engine.completeAttempt(Buffer.from('token'), { kind: 'refused', reason: 'busy' })],
  ['awaiting anew', (engine) => engine.awaitAnew(randomUUID(), 0)],
  ['completing a supervision', (engine) => engine.completeSupervision(Buffer.from('token'))],
  ['a heartbeat', (engine) => engine.heartbeat(Buffer.from('token'))],
  ['the schedule', (engine) => engine.ensureReconcileSchedule(60_000)],
  ['restoring the schedule', (engine) => engine.restoreReconcileSchedule(60_000)],
];

let server: Server;
let sockets: Set<Socket>;
let address: string;

beforeEach(async () => {
  sockets = new Set();
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `127.0.0.1:${String((server.address() as AddressInfo).port)}`; // it listens on TCP
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  if (server.listening) {
    server.close();
    await once(server, 'close');
  }
});

async function answersOf(): Promise<readonly unknown[]> {
  const engine = createTemporalEngine({ address, namespace: 'test', coordinatorIntervalMs: 60_000 });
  try {
    const startedAt = performance.now();
    const answers = await Promise.all(
      CALLS.map(async ([what, call]) => {
        const code: unknown = await call(engine).then(
          () => 'answered',
          (error: unknown) => (error as { code?: unknown }).code,
        );
        return [what, code, performance.now() - startedAt < BOUND_MS];
      }),
    );
    return [...answers, ['a ping', await engine.ping(), true]];
  } finally {
    await engine.close();
  }
}

const AWAY = [...CALLS.map(([what]) => [what, 'ENGINE_UNAVAILABLE', true]), ['a ping', false, true]];

describe('when Temporal is away', () => {
  test('every call says so in bounded time: nobody listens', async () => {
    server.close();
    await once(server, 'close');

    expect(await answersOf()).toEqual(AWAY);
  });

  test('every call says so in bounded time: somebody listens and never answers', async () => {
    expect(await answersOf()).toEqual(AWAY);
  });

  test('an engine that was closed connects no more', async () => {
    const engine = createTemporalEngine({ address, namespace: 'test', coordinatorIntervalMs: 60_000 });

    await engine.close();
    const answer = await engine.ping();

    expect(answer).toBe(false);
    expect(sockets.size).toBe(0);
  });
});
