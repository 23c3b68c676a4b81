import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Report } from '../../../src/domain/agents/report.ts';
import { reportSubject } from '../../../src/domain/subjects.ts';
import type { ReportDisposal } from '../../../src/ports/agent-inbox.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestNats } from '../../support/servers.ts';
import type { TestNats } from '../../support/servers.ts';
import { latch, nothingPending, Readers } from './reading.ts';
import { aReport, connectScriptedAgent, PROJECT } from './scripted-agent.ts';
import type { ScriptedAgent } from './scripted-agent.ts';

// The client reconnects every two seconds.
let server: TestNats;
let agent: ScriptedAgent;
const readers = new Readers(() => server.url);

beforeAll(async () => {
  server = await startTestNats();
});

beforeEach(async () => {
  agent = await connectScriptedAgent(server.url);
});

afterEach(async () => {
  await readers.stop();
  await agent.close();
});

afterAll(() => server.stop());

test('a report is delivered again until it is taken', async () => {
  const report = aReport();
  const disposals: ReportDisposal[] = ['retry', 'retry', 'taken'];
  const seen: Report[] = [];
  const { inbox } = await readers.reports(async (delivered) => {
    seen.push(delivered);
    return disposals[seen.length - 1] ?? 'taken';
  });

  await agent.report(report);

  await eventually(() => {
    expect(seen).toEqual([report, report, report]);
  });
  await nothingPending(inbox);
});

test('a report whose handling throws is delivered again', async () => {
  let calls = 0;
  const { inbox } = await readers.reports(async () => {
    calls += 1;
    if (calls === 1) throw new Error('unexpected');
    return 'taken';
  });

  await agent.report(aReport());

  await eventually(() => {
    expect(calls).toBe(2);
  });
  await nothingPending(inbox);
});

test('reports of one item are handled one after the other and in order, also when one has to be repeated', async () => {
  const workId = randomUUID();
  const [taken, overlaps]: [number[], number[]] = [[], []];
  const refused = new Set<number>();
  let underWay = 0;
  const { inbox } = await readers.reports(async ({ seq }) => {
    underWay += 1;
    if (underWay > 1) overlaps.push(seq);
    await agent.connection.flush();
    underWay -= 1;
    if (seq % 5 === 0 && !refused.has(seq)) {
      refused.add(seq);
      return 'retry';
    }
    taken.push(seq);
    return 'taken';
  });

  for (let seq = 1; seq <= 20; seq++) await agent.report(aReport({ workId, seq }));

  await nothingPending(inbox);
  expect(taken).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect(overlaps).toEqual([]);
  expect(refused.size).toBe(4);
});

test('an item that is stuck holds up no other, and never are more in work than asked for', async () => {
  const stuck = randomUUID();
  const gate = latch();
  const others = new Set<string>();
  let [underWay, most] = [0, 0];
  const { inbox } = await readers.reports(async ({ workId }) => {
    underWay += 1;
    most = Math.max(most, underWay);
    if (workId === stuck) await gate.opened;
    else others.add(workId);
    await agent.connection.flush();
    underWay -= 1;
    return 'taken';
  }, 4);

  await agent.report(aReport({ workId: stuck }));
  await Promise.all(Array.from({ length: 40 }, () => agent.report(aReport())));

  await eventually(() => {
    expect(others.size).toBe(40);
  });
  await eventually(async () => {
    expect((await inbox.status()).reportsPending).toBe(1); // the last acknowledgements are on their way
  });
  gate.open();
  await nothingPending(inbox);
  expect(most).toBeLessThanOrEqual(4);
});

test('the server is told of reports that are in work for long, so that it does not deliver them again', async () => {
  const gate = latch();
  const acknowledgements: string[] = [];
  agent.connection.subscribe('$JS.ACK.WEFT_REPORTS.weft-bridge.>', {
    callback: (_error, message) => {
      acknowledgements.push(message.string());
    },
  });
  const { inbox } = await readers.reports(async () => {
    await gate.opened;
    return 'taken';
  });

  await agent.report(aReport());

  await eventually(() => {
    expect(acknowledgements).toContain('+WPI');
  });
  gate.open();
  await nothingPending(inbox);
});

test('a report that was sent twice is stored once', async () => {
  const { taken, inbox } = await readers.takeAll();
  const report = aReport();

  // An acknowledgement that comes late must not make a repeat of the first one.
  const stored = [await agent.report(report, 20_000), await agent.report(report, 20_000)];

  await nothingPending(inbox);
  expect(stored).toEqual([true, false]);
  expect(taken).toEqual([report]);
});

test('what is no report is dropped, and so is one under a subject that is not its own', async () => {
  const { taken, inbox } = await readers.takeAll();
  const good = aReport();
  const other = aReport();
  agent.connection.publish(reportSubject(PROJECT, randomUUID(), 'progress'), 'nonsense');
  agent.connection.publish(reportSubject(PROJECT, randomUUID(), 'progress'), JSON.stringify({ ...good, seq: -1 }));
  agent.connection.publish(reportSubject('project-2', other.workId, 'progress'), JSON.stringify(other));

  await agent.report(good);

  await eventually(() => {
    expect(taken).toEqual([good]);
  });
  await nothingPending(inbox);
  expect(taken).toEqual([good]);
});

test('what a reader leaves when it stops is given to the next one', async () => {
  const report = aReport();
  let begun = false;
  const first = await readers.reports(
    () =>
      new Promise((resolve) => {
        begun = true;
        setTimeout(() => {
          resolve('retry');
        }, 50);
      }),
  );
  await agent.report(report);
  await eventually(() => {
    expect(begun).toBe(true);
  });

  await first.stop();
  const { taken } = await readers.takeAll();

  await eventually(() => {
    expect(taken).toEqual([report]);
  });
});

test.each([
  { how: 'with its store', loseDisk: false },
  { how: 'with an empty one', loseDisk: true },
])('a server that is killed and comes back $how is read on', async ({ loseDisk }) => {
  const { taken, inbox } = await readers.takeAll();
  const [before, after] = [aReport(), aReport()];
  await agent.report(before);
  await eventually(() => {
    expect(taken).toEqual([before]);
  });

  await server.kill9();
  if (loseDisk) server.loseDisk();
  await server.restart();
  await agent.report(after);

  await eventually(() => {
    expect(taken).toEqual([before, after]);
  });
  await nothingPending(inbox);
});

test('the answer to a report that came before the disk was lost is not taken for a later one', async () => {
  const slow = aReport();
  const gate = latch();
  const taken: Report[] = [];
  let slowBegun = false;
  const { inbox } = await readers.reports(async (report) => {
    if (report.workId === slow.workId) {
      slowBegun = true;
      await gate.opened;
    } else if (!taken.includes(report) && taken.length === 0) {
      taken.push(report); // the first delivery is not acknowledged yet when the slow one is
      gate.open();
      return 'retry';
    }
    taken.push(report);
    return 'taken';
  });
  await agent.report(slow);
  await eventually(() => {
    expect(slowBegun).toBe(true);
  });

  await server.kill9();
  server.loseDisk();
  await server.restart();
  const later = aReport();
  await agent.report(later); // has the number that the slow one had

  await nothingPending(inbox);
  expect(taken.filter(({ workId }) => workId === later.workId)).toHaveLength(2);
});

test('a consumer that somebody deletes is made again', async () => {
  const { taken, nats } = await readers.takeAll();
  await eventually(async () => {
    const deleted = await nats.link()?.connection.request('$JS.API.CONSUMER.DELETE.WEFT_REPORTS.weft-bridge', '', { timeout: 1000 });
    expect(deleted?.json()).toMatchObject({ success: true });
  });
  const report = aReport();

  await agent.report(report);

  await eventually(() => {
    expect(taken).toEqual([report]);
  });
});
