import { afterEach, expect, test } from '@jest/globals';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, createClient } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { deploymentWorkflowId } from '../../src/contract/names.ts';
import { eventually } from '../support/eventually.ts';
import { signalIfThere } from '../support/marked-processes.ts';
import { connectOperator } from '../support/operator.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';

const WAIT_MS = 90_000;
const TEST_MS = 280_000;
const REQUEST_TIMEOUT_MS = 15_000;
const REPLICAS = 5;
const NAME = 'steady';

let product: Product | null = null;

afterEach(async () => {
  await product?.stop();
}, TEST_MS);

test(
  'a deployment of five agents survives kill -9 of everything, its operators and a restart of its host: none is lost, none doubled',
  async () => {
    const weft = (product = createProduct('source'));
    appendFileSync(journalOf(weft), '');
    await weft.start();
    await deploy(weft);
    const first = await untilAllReady(weft);

    // Everything dies at once, two of the agents with it.
    await weft.killAll9();
    const victims = first.slice(0, 2);
    for (const guid of victims) killAgent(weft, guid);
    await weft.start();
    const second = await untilAllReady(weft, victims);
    expect(second.filter((guid) => first.includes(guid)).sort()).toEqual(first.slice(2).sort());

    // Operators end or repeat its workflow: its agents stay, and it goes on looking after them.
    const operator = await connectOperator(weft.ready().temporal);
    const workflowId = deploymentWorkflowId({ projectId: 'default', name: NAME });
    await operator.temporal.workflow.getHandle(workflowId).terminate('an operator');
    await untilRunning(operator, workflowId);
    await operator.temporal.workflow.getHandle(workflowId).cancel();
    await untilRunning(operator, workflowId);
    await operator.reset(workflowId, 'first');
    await untilRunning(operator, workflowId);
    await operator.close();
    expect((await untilAllReady(weft)).sort()).toEqual([...second].sort());
    const [third = ''] = second;
    killAgent(weft, third);
    const beforeStop = await untilAllReady(weft, [third]);

    // A clean stop of the host ends its agents, and is no crash of theirs.
    expect(await weft.stop()).toBe(0);
    expect(weft.processes()).toEqual([]);
    await weft.start();
    const last = await untilAllReady(weft, beforeStop);

    // An agent is known to run before its first word is written.
    const started = await eventually(() => {
      const found = ofJournal(weft).filter(({ what }) => what === 'up');
      expect(found.length).toBeGreaterThanOrEqual(REPLICAS + 2 + 1 + REPLICAS);
      return found;
    }, WAIT_MS);
    expect(started).toHaveLength(REPLICAS + 2 + 1 + REPLICAS);
    expect(new Set(started.map(({ guid }) => guid)).size).toBe(started.length);
    expect(mostAtOnce(weft)).toBe(REPLICAS);
    const { replicas } = await view(weft);
    expect(replicas.slice(2).map(({ failures }) => failures)).toEqual([0, 0, 0]);

    const { POST, DELETE } = api(weft);
    await answerOf(POST('/api/deployments/{id}/drain', { params: { path: { id: NAME } } }));
    await eventually(async () => {
      expect((await view(weft)).status.phase).toBe('drained');
    }, WAIT_MS);
    expect(weft.agents()).toEqual([]);
    expect(last).toHaveLength(REPLICAS);
    await answerOf(DELETE('/api/deployments/{id}', { params: { path: { id: NAME } } }));
    await eventually(async () => {
      expect(await weft.query('SELECT name FROM deployments WHERE removed_at IS NULL')).toEqual([]);
    }, WAIT_MS);
    expect(await weft.query(`SELECT guid FROM sessions WHERE state <> 'gone'`)).toEqual([]);
    expect(await weft.stop()).toBe(0);
    expect(weft.processes()).toEqual([]);
  },
  TEST_MS,
);

/** Agents that write down that they are up, and then that they still are, on the clock of their host. */
async function deploy(weft: Product): Promise<void> {
  const journal = journalOf(weft);
  const script = `echo "up $WEFT_AGENT_GUID $(date +%s%N)" >> ${journal}; while :; do echo "beats $WEFT_AGENT_GUID $(date +%s%N)" >> ${journal}; sleep 0.2; done`;
  await weft.client().registerTarget({
    name: 'beating',
    agentType: 'claude-code',
    capabilities: ['beat'],
    mechanism: 'local',
    // The variable shows the test whose processes they are.
    config: { mechanism: 'local', command: '/bin/sh', args: ['-c', script], workingDirectory: weft.workDir, env: { TEST_STAGE: weft.workDir } },
    limits: { agentsMax: REPLICAS * 3 },
  });
  const body = { name: NAME, targets: ['beating'], replicas: REPLICAS, task: 'command' as const, backoff: { initialMs: 200 } };
  await answerOf(api(weft).POST('/api/deployments', { body }));
}

/** The agents of the replicas, when all are ready and none is one of `gone`; exactly they are alive. */
async function untilAllReady(weft: Product, gone: readonly string[] = []): Promise<string[]> {
  return eventually(async () => {
    const { replicas, status, conditions } = await view(weft);
    const guids = replicas.flatMap(({ state, agentGuid }) => (state === 'ready' && agentGuid !== undefined ? [agentGuid] : []));
    const story = JSON.stringify({ status, replicas, conditions });
    expect({ story, ready: guids.filter((guid) => !gone.includes(guid)).length }).toEqual({ story, ready: REPLICAS });
    expect(status.phase).toBe('available');
    expect([...new Set(weft.agents().map(({ guid }) => guid))].sort()).toEqual([...guids].sort());
    return guids;
  }, WAIT_MS);
}

async function untilRunning({ temporal }: Awaited<ReturnType<typeof connectOperator>>, workflowId: string): Promise<void> {
  await eventually(async () => {
    expect((await temporal.workflow.getHandle(workflowId).describe()).status.name).toBe('RUNNING');
  }, WAIT_MS);
}

function view(weft: Product): Promise<Schemas['DeploymentView']> {
  return answerOf(api(weft).GET('/api/deployments/{id}', { params: { path: { id: NAME } } }));
}

function api(weft: Product) {
  return createClient({ baseUrl: weft.ready().api, timeoutMs: REQUEST_TIMEOUT_MS });
}

function killAgent(weft: Product, guid: string): void {
  for (const { pid } of weft.agents().filter((agent) => agent.guid === guid)) {
    signalIfThere(pid, 'SIGKILL');
  }
}

interface Entry {
  readonly what: string;
  readonly guid: string;
  readonly at: bigint;
}

function journalOf({ workDir }: Product): string {
  return join(workDir, 'beats');
}

function ofJournal(weft: Product): readonly Entry[] {
  const lines = readFileSync(journalOf(weft), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [what, guid, at] = line.split(' ');
    return what === undefined || guid === undefined || at === undefined ? [] : [{ what, guid, at: BigInt(at) }];
  });
}

/** How many agents were alive at once at most, each from its first word to its last. */
function mostAtOnce(weft: Product): number {
  const spans = new Map<string, { from: bigint; to: bigint }>();
  for (const { guid, at } of ofJournal(weft)) spans.set(guid, { from: spans.get(guid)?.from ?? at, to: at });
  const all = [...spans.values()];
  return Math.max(...all.map(({ from }) => all.filter((span) => span.from <= from && span.to >= from).length));
}
