import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { sweep } from '../../bridge/sweep.ts';
import type { Assignment } from '../../src/domain/agents/commands.ts';
import type { AgentBus, CommandAnswer } from '../../src/ports/agent-bus.ts';
import { foreignSighting } from '../adapters/postgres/foreign-sighting.ts';
import { AUTHOR } from '../support/author.ts';
import { completed, openWorld, report } from '../adapters/postgres/open-world.ts';
import type { Attempt, World } from '../adapters/postgres/open-world.ts';
import { eventually } from '../support/eventually.ts';
import { RecordingEngine } from './recording-engine.ts';

// What is younger is left to the api that accepted it.
const OLDER_THAN_MS = 2000;

let world: World;
let engine: RecordingEngine;
let offered: Assignment[];
let answer: CommandAnswer;
let stop: () => Promise<void>;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(() => {
  engine = new RecordingEngine();
  const abort = new AbortController();
  offered = [];
  answer = { kind: 'nobody' };
  const bus: Pick<AgentBus, 'command'> = {
    command: async (_address, command) => {
      if (command.name === 'assign') offered.push(command.assignment);
      return answer;
    },
  };
  const { work, leases, sessions } = world.ledger;
  const clocks = { registerTimeoutMs: 30_000, lostTimeoutMs: 30_000 };
  const sweeping = sweep({ work, leases, sessions, bus, engine, logger: pino({ level: 'silent' }), intervalMs: 50, ...clocks }, abort.signal);
  stop = () => {
    abort.abort();
    return sweeping;
  };
});
afterEach(async () => {
  await stop();
  await world.clear();
});
afterAll(() => world.close());

/** As if it had been accepted a while ago. */
async function accepted(): Promise<string> {
  const item = await world.submit();
  await world.query(`update unstarted_work set since = now() - interval '1 minute' where work_id = $1`, [item.id]);
  return item.id;
}

/** One whole round later. */
async function untilSwept(): Promise<void> {
  for (let rounds = 0; rounds < 2; rounds++) {
    const forgotten = await accepted();
    await eventually(() => {
      expect(engine.started).toContain(forgotten);
    });
  }
}

test('goes on with what was answered while nobody could be told', async () => {
  await world.registerTarget();
  const attempt = await world.work();
  const { writer, taken } = attempt;
  await world.ledger.leases.takeReport(report<'question'>(attempt, { kind: 'question', seq: 2, text: 'Which?', timeoutMs: 60_000, onExpiry: 'fail' }));
  const lease = { fence: taken.fence, awaitNo: 2, agentGuid: taken.agentGuid, taskToken: Buffer.from('waits'), idleTimeoutMs: 5000, questionId: '1-2' };
  await world.ledger.leases.writeLease(writer, lease);

  await world.ledger.leases.answerQuestion(writer.workId, { questionId: '1-2', answer: 'this one', author: AUTHOR });

  await eventually(() => {
    expect(engine.completed[0]).toEqual({ token: 'waits', outcome: { kind: 'resumed' } });
  });
});

describe('what was leased and never handed over', () => {
  async function leased(): Promise<Attempt> {
    const writer = await world.queue();
    const { grant, taken } = await world.start(writer);
    const { assignment, token } = await world.lease(writer, { taken });
    return { writer, grant, taken, token, runToken: assignment.runToken };
  }

  async function leasedLongAgo(): Promise<Attempt> {
    await world.registerTarget({ limits: { agentsMax: 10 } });
    const attempt = await leased();
    await asLongAgo();
    return attempt;
  }

  /** Everything that was leased until now. */
  const asLongAgo = (): Promise<unknown> => world.query(`update leases set written_at = now() - interval '1 minute'`);

  test('is offered again as it was, and left to its session while the agent is not there', async () => {
    const { writer, taken } = await leasedLongAgo();

    await eventually(() => {
      expect(offered.length).toBeGreaterThan(1);
    });
    expect(offered[0]).toMatchObject({ workId: writer.workId, fence: taken.fence, guid: taken.agentGuid, capability: 'build', attempt: 1 });
    expect(offered[0]?.runToken).toMatch(/./u);
    expect(engine.completed).toEqual([]);
  });

  test('has its agent started whose supervision was never begun', async () => {
    await world.registerTarget();
    const { id: workId } = await world.submit();
    const writer = { workId, runId: randomUUID() };
    const grant = await world.grantTo(writer);
    const lease = { fence: grant.fence, awaitNo: 1, agentGuid: 'never-begun', taskToken: Buffer.from('token'), idleTimeoutMs: 5000 };
    await world.ledger.leases.writeLease(writer, lease);
    await asLongAgo();

    await eventually(() => {
      expect(engine.supervised).toContain('never-begun');
    });
    await world.ledger.sessions.recordRegistered('never-begun');
    await untilSwept();
    engine.supervised.length = 0;
    await untilSwept();
    expect(engine.supervised).toEqual([]);
  });

  test('is awaited no longer when the agent does not want it', async () => {
    answer = { kind: 'reply', reply: { accepted: false, reason: 'busy', state: 'working', idleForMs: 0 } };
    await leasedLongAgo();

    await eventually(() => {
      expect(engine.completed[0]?.outcome).toEqual({ kind: 'refused', reason: 'the agent did not take it: busy' });
    });
  });

  test('is offered to nobody once the agent has claimed it, nor when it was written just now', async () => {
    const claimed = await leasedLongAgo();
    await world.ledger.leases.takeReport(report<'claimed'>(claimed, { kind: 'claimed', seq: 1 }));
    await untilSwept();
    offered.length = 0;
    await leased();
    await untilSwept();

    expect(offered).toEqual([]);
  });

  test('is offered again to an agent that registered by itself, until that has claimed it', async () => {
    await world.ledger.agents.recordSightings([foreignSighting('a')]);
    const attempt = await leased();
    await asLongAgo();
    await eventually(() => {
      expect(offered[0]).toMatchObject({ workId: attempt.writer.workId, fence: attempt.taken.fence, guid: 'a', runToken: attempt.runToken });
    });

    await world.ledger.leases.takeReport(report<'claimed'>(attempt, { kind: 'claimed', seq: 1 }));
    await untilSwept();
    offered.length = 0;
    await untilSwept();

    expect(offered).toEqual([]);
  });

  test.each([
    ['has left', { gone: true }],
    ["knows Warp's tools only", { protocol: 'warp' }],
  ])('is not told by our protocol to an agent that %s', async (_, entry) => {
    await world.ledger.agents.recordSightings([foreignSighting('a')]);
    await leased();
    await world.ledger.agents.recordSightings([foreignSighting('a', entry)]);
    await asLongAgo();

    await untilSwept();

    expect(offered).toEqual([]);
  });
});

describe('what was taken and never leased', () => {
  async function take(): Promise<Pick<Attempt, 'writer' | 'grant' | 'taken'>> {
    await world.registerTarget();
    const writer = await world.queue();
    return { writer, ...(await world.start(writer)) };
  }

  /** Everything that was taken until now. */
  const asLongAgo = (): Promise<unknown> => world.query(`update slots set updated_at = now() - interval '1 minute'`);

  test('is awaited anew', async () => {
    const { writer } = await take();
    await asLongAgo();

    await eventually(() => {
      expect(engine.renewed).toContain(writer.workId);
    });
  });

  test('is left to its worker when it was taken just now, and to its agent once there is a lease', async () => {
    const { writer, taken } = await take();
    await world.lease(writer, { taken });
    await asLongAgo();
    await take();
    const forgotten = await accepted();
    await eventually(() => {
      expect(engine.started).toContain(forgotten);
    });

    expect(engine.renewed).toEqual([]);
  });

  test('is awaited anew, too, when a report waits for an await that comes after the one of the lease', async () => {
    const { writer, grant, taken } = await take();
    const { assignment, token } = await world.lease(writer, { taken });
    await world.ledger.leases.parkReport(completed({ writer, grant, taken, token, runToken: assignment.runToken }), { awaitNo: 1 });
    await world.query(`update parked_reports set parked_at = now() - interval '1 minute'`);

    await eventually(() => {
      expect(engine.renewed).toContain(writer.workId);
    });
  });
});

test('starts what was accepted and not started, and nothing else', async () => {
  engine.away = true; // until it runs, it may be started
  const { workId: running } = await world.queue();
  engine.away = false;
  const submittedAtMs = performance.now();
  const young = await world.submit();
  const forgotten = await accepted();

  await eventually(() => {
    expect(engine.started).toContain(forgotten);
  });

  // On a slow machine it is not young any more by now.
  const isYoung = performance.now() - submittedAtMs < OLDER_THAN_MS;
  const others = isYoung ? [running, young.id] : [running];
  expect(engine.started.filter((id) => others.includes(id))).toEqual([]);
});

test('goes on when Temporal was away', async () => {
  engine.away = true;
  const forgotten = await accepted();
  await eventually(() => {
    expect(engine.refused).toContain(forgotten);
  });
  engine.away = false;

  await eventually(() => {
    expect(engine.started).toContain(forgotten);
  });
});
