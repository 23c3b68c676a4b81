import { afterEach, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, createClient } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { sessionWorkflowId } from '../../src/contract/names.ts';
import { eventually } from '../support/eventually.ts';
import { startOperated } from '../support/operated.ts';
import type { Operated } from '../support/operated.ts';
import type { Product } from '../support/product.ts';
import { createSecondHost } from '../support/second-host.ts';
import type { SecondHost } from '../support/second-host.ts';
import { eventsOf, expectDoneOnce, submit, untilEvent, untilSettled } from '../support/settled.ts';

const FAR = 'far';
const WAIT_MS = 90_000;
const TEST_MS = 280_000;
const REQUEST_TIMEOUT_MS = 15_000;

let operated: Operated | null = null;
let far: SecondHost | null = null;

afterEach(async () => {
  for (const { guid } of operated?.weft.agents() ?? []) operated?.weft.signalAgent(guid, 'SIGCONT');
  await far?.stop();
  await operated?.end();
}, TEST_MS);

test(
  'a host that was lost and is declared gone holds nothing: its item and its replica go on elsewhere, and should it come back, it first ends what it had left',
  async () => {
    const { weft, operator } = (operated = await startOperated());
    const host = (far = createSecondHost(weft, FAR));
    host.start();
    await untilHost(weft, { state: 'up', open: true });
    const file = join(weft.workDir, 'go');
    await registerTarget(weft, { name: 'far-work', hostId: FAR });
    const id = await submit(weft, { taskId: 'held', capability: 'build', description: `until ${file}` });
    await untilEvent(weft, id, { type: 'work:started', timeoutMs: WAIT_MS });
    await deploy(weft);
    const lost = await agentsOf(weft, FAR);
    await registerTarget(weft, { name: 'near-work' });

    // While its worker is there, nobody can give it up by mistake.
    await expect(declareGone(weft)).rejects.toMatchObject({ status: 409, code: 'HOST_IS_UP' });
    await host.kill9();
    for (const guid of lost) expect(weft.signalAgent(guid, 'SIGSTOP')).toBeGreaterThan(0);
    await eventually(() => declareGone(weft), WAIT_MS);

    await untilHost(weft, { state: 'gone', open: false, leftBehind: 2, sessions: expect.objectContaining({ total: 0 }) });
    expect((await untilEvent(weft, id, { type: 'work:started', nth: 2, timeoutMs: WAIT_MS })).fence).toBe(2);
    writeFileSync(file, '');
    // It counts as lost when the silence of the agent is believed before its host is declared gone.
    await expectDoneOnce(weft, id, { attempts: [1, 2], timeoutMs: WAIT_MS });
    await untilReplicaOn(weft, 'near-replicas');
    // Their workflows may have been those of the worker that was killed: the next one takes them over a little later.
    await eventually(async () => {
      const all = await Promise.all(lost.map((guid) => operator.temporal.workflow.getHandle(sessionWorkflowId(guid)).describe()));
      expect(all.map(({ status }) => status.name)).toEqual(lost.map(() => 'COMPLETED'));
    }, WAIT_MS);
    expect(living(weft, lost)).toEqual([...lost].sort());

    // The old agent was only cut off: it goes on where it was, and nobody heeds what it reports.
    for (const guid of lost) weft.signalAgent(guid, 'SIGCONT');
    await untilEvent(weft, id, { type: 'work:report-refused', timeoutMs: WAIT_MS });
    expect((await eventsOf(weft, id)).filter(({ type }) => type === 'work:completed')).toHaveLength(1);
    for (const guid of living(weft, lost)) weft.signalAgent(guid, 'SIGSTOP');

    host.start();
    await untilHost(weft, { state: 'up', open: true, leftBehind: 0 });
    expect(living(weft, lost)).toEqual([]);
    await answerOf(api(weft).POST('/api/targets/{id}/disable', { params: { path: { id: 'near-work' } }, body: {} }));
    await registerTarget(weft, { name: 'far-again', hostId: FAR, capability: 'again' });
    const again = await submit(weft, { taskId: 'again', capability: 'again', description: 'for 1' });
    expect(await untilSettled(weft, again, WAIT_MS)).toMatchObject({ phase: 'completed', attempts: 1 });
    await host.stop();
    await untilHost(weft, { state: 'stopped', open: false, sessions: expect.objectContaining({ total: 0 }) });
  },
  TEST_MS,
);

async function registerTarget(weft: Product, { name, hostId, capability = 'build' }: { name: string; hostId?: string; capability?: string }): Promise<void> {
  const harness = { command: '/bin/sh', args: [new URL('../fixtures/product/harness.sh', import.meta.url).pathname], workingDirectory: weft.workDir };
  const config = { mechanism: 'local' as const, ...harness, env: { TEST_STAGE: weft.workDir }, ...(hostId === undefined ? {} : { hostId }) };
  await weft.client().registerTarget({ name, agentType: 'claude-code', capabilities: [capability], mechanism: 'local', config, limits: { agentsMax: 1 } });
}

/** One replica, on the far host as long as there is room. */
async function deploy(weft: Product): Promise<void> {
  for (const [name, hostId] of [['far-replicas', FAR], ['near-replicas']] as const) {
    await weft.client().registerTarget({
      name,
      agentType: 'claude-code',
      capabilities: ['wait'],
      mechanism: 'local',
      config: {
        ...{ mechanism: 'local', command: '/bin/sh', args: ['-c', 'while :; do sleep 0.2; done'], workingDirectory: weft.workDir },
        ...{ env: { TEST_STAGE: weft.workDir }, ...(hostId === undefined ? {} : { hostId }) },
      },
    });
  }
  const body = {
    name: 'steady',
    targets: ['far-replicas', 'near-replicas'],
    replicas: 1,
    task: 'command',
    placement: 'in-order',
    backoff: { initialMs: 200 },
  } as const;
  await answerOf(api(weft).POST('/api/deployments', { body: { ...body, targets: [...body.targets] } }));
  await untilReplicaOn(weft, 'far-replicas');
}

async function untilReplicaOn(weft: Product, targetName: string): Promise<void> {
  await eventually(async () => {
    const { replicas } = await answerOf(api(weft).GET('/api/deployments/{id}', { params: { path: { id: 'steady' } } }));
    expect(replicas).toEqual([expect.objectContaining({ state: 'ready', targetName })]);
  }, WAIT_MS);
}

function declareGone(weft: Product): Promise<Schemas['Host']> {
  return answerOf(api(weft).POST('/api/hosts/{id}/gone', { params: { path: { id: FAR } }, body: { reason: 'a test' } }));
}

async function untilHost(weft: Product, expected: object): Promise<void> {
  await eventually(async () => {
    const { hosts } = await answerOf(api(weft).GET('/api/hosts', {}));
    expect(hosts.find(({ id }) => id === FAR)).toMatchObject(expected);
  }, WAIT_MS);
}

async function agentsOf(weft: Product, hostId: string): Promise<readonly string[]> {
  const rows = await weft.query(`SELECT guid FROM sessions WHERE host_id = '${hostId}' AND state <> 'gone'`);
  expect(rows).toHaveLength(2);
  return rows.map(({ guid }) => String(guid));
}

function living(weft: Product, guids: readonly string[]): readonly string[] {
  return [...new Set(weft.agents().map(({ guid }) => guid))].filter((guid) => guids.includes(guid)).sort();
}

function api(weft: Product) {
  return createClient({ baseUrl: weft.ready().api, timeoutMs: REQUEST_TIMEOUT_MS });
}
