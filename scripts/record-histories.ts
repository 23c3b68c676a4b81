// Plays real stories on a real stack and keeps the histories of their workflows in test/histories, where every later version of
// the workflows must be able to replay them. Run it when a change of the workflows is meant to be new; keep the older files for
// as long as such runs may exist.
import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { answerOf, createClient as createRestClient } from '../client/create-client.ts';
import { COORDINATOR_ID, deploymentWorkflowId, probeWorkflowId, sessionWorkflowId, WORKFLOW_TYPES, workWorkflowId } from '../src/contract/names.ts';
import type { WorkLimits } from '../src/domain/work/work-item.ts';
import { createClient } from './demo/client.ts';
import type { WeftClient } from './demo/client.ts';
import { CLOCK_VARIABLES, SETTLED_WITHIN_MS } from './demo/clocks.ts';
import { followItem } from './demo/follow.ts';
import type { FollowedItem } from './demo/follow.ts';
import { bootStack } from './demo/stack.ts';
import { killWhatIsLeft, makeStage } from './demo/stage.ts';
import { waitFor } from './demo/wait-for.ts';
import { toPortableHistory } from './portable-history.ts';

const ROOT = realpathSync(fileURLToPath(new URL('..', import.meta.url)));
const HISTORIES = `${ROOT}/test/histories`;
const NAMESPACE = 'weft';
const LIMIT_MS = 240_000;

interface Story {
  readonly name: string;
  /** What the agent does, as a shell line. */
  readonly harness: string;
  readonly limits?: Partial<WorkLimits>;
  readonly interfere?: (followed: FollowedItem, client: WeftClient) => Promise<unknown>;
}

const STORIES: readonly Story[] = [
  { name: 'completed', harness: 'echo "::weft progress=50 half"; echo done' },
  { name: 'retried', harness: 'test "$WEFT_ATTEMPT" -ge 2' },
  { name: 'dead-lettered', harness: 'exit 3', limits: { attemptsMax: 2 } },
  {
    name: 'cancelled',
    harness: 'while :; do echo working; sleep 0.5; done',
    interfere: async (followed, client) => {
      await followed.untilWorking();
      await client.cancel(followed.workId, 'no longer needed');
    },
  },
];

const directory = makeStage();
const signal = AbortSignal.timeout(LIMIT_MS);
try {
  const stack = await bootStack({ directory, environment: process.env, settings: CLOCK_VARIABLES }, { signal, hurry: signal });
  try {
    await record(stack.api, stack.temporal);
  } finally {
    await stack.stop();
  }
} finally {
  await killWhatIsLeft(directory);
  rmSync(directory, { recursive: true, force: true });
}

async function record(api: string, temporal: string): Promise<void> {
  const connection = await Connection.connect({ address: temporal });
  try {
    const temporalClient = new Client({ connection, namespace: NAMESPACE });
    const rest = createClient(api, signal);
    const workflows = (await Promise.all(STORIES.map((story) => play(story, rest, temporalClient)))).flat();
    workflows.push(['probe-target', await probe(api)]);
    workflows.push(['target-health', await aRunOf(temporalClient, WORKFLOW_TYPES.targetHealth)]);
    workflows.push(['deployment', await deploy(api)]);
    workflows.push(['coordinator', COORDINATOR_ID], ['reconcile', await aRunOf(temporalClient, WORKFLOW_TYPES.reconcile)]);
    mkdirSync(HISTORIES, { recursive: true });
    for (const [name, workflowId] of workflows) await keep(temporalClient, { name, workflowId });
  } finally {
    await connection.close();
  }
}

/** Plays one story to the end of its last agent; returns the workflows that it leaves. */
async function play({ name, harness, limits = {}, interfere }: Story, client: WeftClient, temporal: Client): Promise<[name: string, workflowId: string][]> {
  await client.registerTarget({
    name,
    agentType: 'claude-code',
    capabilities: [name],
    mechanism: 'local',
    config: { mechanism: 'local', command: harness, env: { WEFT_DEMO_STAGE: directory } },
    limits: { agentsMax: 1, idleTimeoutMs: 1500 },
    healthCheck: { enabled: true },
  });
  const { id } = await client.submit({ taskId: name, capability: name, boundary: 'open-source', description: name, limits });
  const followed = followItem(id, { client, signal, onEvent: () => undefined });
  await interfere?.(followed, client);
  await followed.untilSettled();
  const guids = new Set(followed.eventsOfType('work:assigned').flatMap(({ agentGuid }) => agentGuid ?? []));
  const sessions = [...guids].map((guid, index): [string, string] => [
    `session-of-${name}${index === 0 ? '' : `-${String(index + 1)}`}`,
    sessionWorkflowId(guid),
  ]);
  for (const [, workflowId] of sessions) {
    await waitFor({ what: `the end of ${workflowId}`, timeoutMs: SETTLED_WITHIN_MS, signal }, async () => {
      const { status } = await temporal.workflow.getHandle(workflowId).describe();
      return status.name === 'RUNNING' ? null : true;
    });
  }
  return [[`work-${name}`, workWorkflowId(id)], ...sessions];
}

/** A look at one of the targets of the stories. */
async function probe(api: string): Promise<string> {
  const { POST } = createRestClient({ baseUrl: api, signal, timeoutMs: SETTLED_WITHIN_MS });
  const { targetId } = await answerOf(POST('/api/targets/{id}/test', { params: { path: { id: 'completed' } } }));
  return probeWorkflowId(targetId);
}

/** A deployment of one agent on one of the targets of the stories, until it is removed again. */
async function deploy(api: string): Promise<string> {
  const { POST, GET, DELETE } = createRestClient({ baseUrl: api, signal, timeoutMs: SETTLED_WITHIN_MS });
  const { id, name, projectId } = await answerOf(POST('/api/deployments', { body: { name: 'recorded', targets: ['completed'] } }));
  const params = { path: { id } };
  await waitFor({ what: 'a ready replica', timeoutMs: SETTLED_WITHIN_MS, signal }, async () => {
    const { status } = await answerOf(GET('/api/deployments/{id}', { params }));
    return status.phase === 'available' ? true : null;
  });
  await answerOf(DELETE('/api/deployments/{id}', { params }));
  await waitFor({ what: 'the end of the deployment', timeoutMs: SETTLED_WITHIN_MS, signal }, async () => {
    const { response } = await GET('/api/deployments/{id}', { params });
    return response.status === 404 ? true : null;
  });
  return deploymentWorkflowId({ projectId, name });
}

async function aRunOf(temporal: Client, type: string): Promise<string> {
  const query = `WorkflowType = '${type}' AND ExecutionStatus = 'Completed'`;
  return waitFor({ what: `a finished run of ${type}`, timeoutMs: SETTLED_WITHIN_MS, signal }, async () => {
    for await (const { workflowId } of temporal.workflow.list({ query })) return workflowId;
    return null;
  });
}

async function keep(temporal: Client, { name, workflowId }: { name: string; workflowId: string }): Promise<void> {
  const recorded = JSON.parse(historyToJSON(await temporal.workflow.getHandle(workflowId).fetchHistory())) as { events: unknown[] };
  const events = recorded.events.map((event) => JSON.stringify(toPortableHistory(event, [ROOT, homedir(), directory, `@${hostname()}`])));
  writeFileSync(`${HISTORIES}/${name}.json`, `{"events":[\n${events.join(',\n')}\n]}\n`);
  console.log(`${name}.json`);
}
