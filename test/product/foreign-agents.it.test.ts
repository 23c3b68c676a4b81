import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { bundleAgent } from '../../scripts/bundle-agent.ts';
import { GUID_MARKER, RUNNER_CONFIG } from '../../src/domain/agents/launch.ts';
import type { RunnerConfig } from '../../src/domain/agents/launch.ts';
import { eventually } from '../support/eventually.ts';
import { isAlive } from '../support/marked-processes.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { eventsOf, submit, untilEvent, untilSettled } from '../support/settled.ts';

const WAIT_MS = 60_000;
const TEST_MS = 120_000;
const HARNESS = fileURLToPath(new URL('../fixtures/product/harness.sh', import.meta.url));

let weft: Product;
let bundle: string;
let runners: ChildProcess[] = [];

beforeAll(async () => {
  weft = createProduct('source');
  bundle = join(weft.workDir, 'agent.mjs');
  await Promise.all([weft.start(), bundleAgent(bundle)]);
}, TEST_MS);

afterEach(async () => {
  const ending = runners.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  runners = [];
  await Promise.all(
    ending.map((runner) => {
      runner.kill('SIGTERM');
      return once(runner, 'exit');
    }),
  );
});

afterAll(() => weft.stop(), TEST_MS);

/** Our runner, started by a person: no target, no session, nobody who may end it. */
function startByHand(capability: string): { readonly guid: string; readonly directory: string; readonly runner: ChildProcess } {
  const guid = randomUUID();
  const directory = join(weft.workDir, guid);
  mkdirSync(directory);
  const config: RunnerConfig = {
    guid,
    projectId: 'default',
    handle: 'by-hand',
    agentType: 'claude-code',
    capabilities: [capability],
    boundaries: ['open-source'],
    task: 'serve',
    harness: { command: '/bin/sh', args: [HARNESS], workingDirectory: directory },
    heartbeatMs: 500,
    leaveAfterIdleMs: 0,
    resendMs: 500,
  };
  const env = {
    PATH: process.env['PATH'],
    NATS_URL: weft.ready().nats,
    WEFT_RUNNER_DIR: directory,
    [GUID_MARKER]: guid,
    [RUNNER_CONFIG]: JSON.stringify(config),
  };
  const runner = spawn(process.execPath, [bundle], { cwd: directory, stdio: 'ignore', env });
  runners.push(runner);
  return { guid, directory, runner };
}

/** As if it had said goodbye, or somebody had removed its entry. */
async function removeEntry(guid: string): Promise<void> {
  const connection = await connect({ servers: weft.ready().nats });
  await (await new Kvm(jetstream(connection)).open('agent-registry')).delete(guid);
  await connection.close();
}

test(
  'an agent that somebody started by hand takes the item that waits, and then the next one, and no agent is started',
  async () => {
    const capability = `by-hand-${randomUUID()}`;
    const workId = await submit(weft, { taskId: 'first', capability, description: 'for 1' });
    await untilEvent(weft, workId, { type: 'work:queued', timeoutMs: WAIT_MS });

    const { guid } = startByHand(capability);

    const item = await untilSettled(weft, workId, WAIT_MS);
    expect(item).toMatchObject({ phase: 'completed', attempts: 1, assignedTo: guid, result: { summary: 'done by attempt 1' } });
    const next = await submit(weft, { taskId: 'second', capability, description: 'for 1' });
    expect(await untilSettled(weft, next, WAIT_MS)).toMatchObject({ phase: 'completed', assignedTo: guid });
    expect(await weft.query(`SELECT 1 FROM sessions WHERE guid = '${guid}'`)).toEqual([]);
  },
  TEST_MS,
);

test(
  'a cancel reaches it: its harness ends, and it stays and takes the next item',
  async () => {
    const capability = `cancelled-${randomUUID()}`;
    const { guid, directory, runner } = startByHand(capability);
    const workId = await submit(weft, { taskId: 'cancelled', capability, description: 'until never' });
    await untilEvent(weft, workId, { type: 'work:started', timeoutMs: WAIT_MS });

    await weft.client().cancel(workId, 'enough');

    expect((await untilSettled(weft, workId, WAIT_MS)).phase).toBe('cancelled');
    const next = await submit(weft, { taskId: 'after', capability, description: 'for 1' });
    expect(await untilSettled(weft, next, WAIT_MS)).toMatchObject({ phase: 'completed', assignedTo: guid });
    expect(isAlive(runner.pid ?? 0)).toBe(true);
    expect(existsSync(join(directory, 'never'))).toBe(false);
    await eventually(async () => {
      expect(await weft.query(`SELECT 1 FROM slots WHERE agent_guid = '${guid}' AND (may_work OR state <> 'released')`)).toEqual([]);
    }, WAIT_MS);
  },
  TEST_MS,
);

test(
  'one that vanishes in the middle is replaced by another as soon as its entry is gone',
  async () => {
    const capability = `vanishing-${randomUUID()}`;
    const first = startByHand(capability);
    const workId = await submit(weft, { taskId: 'vanishing', capability, description: 'until go' });
    await untilEvent(weft, workId, { type: 'work:started', timeoutMs: WAIT_MS });
    const second = startByHand(capability);
    writeFileSync(join(second.directory, 'go'), '');

    first.runner.kill('SIGKILL');
    await removeEntry(first.guid);

    const item = await untilSettled(weft, workId, WAIT_MS);
    writeFileSync(join(first.directory, 'go'), ''); // its harness has outlived it, and nobody here may end that
    expect(item).toMatchObject({ phase: 'completed', attempts: 2, assignedTo: second.guid });
    const failed = (await eventsOf(weft, workId)).filter(({ type }) => type === 'work:attempt-failed');
    expect(failed.map(({ data }) => data)).toMatchObject([{ failureClass: 'lost', assignedTo: first.guid }]);
  },
  TEST_MS,
);
