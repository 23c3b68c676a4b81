import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createTemporalEngine } from '../../src/adapters/temporal/index.ts';
import type { TemporalEngine } from '../../src/adapters/temporal/index.ts';
import { cancelUpdate, grantSignal, stopSessionSignal } from '../../src/contract/messages.ts';
import { sessionWorkflowId } from '../../src/contract/names.ts';
import type { FailureClass } from '../../src/domain/work/outcome.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import { newItem, newSession } from '../adapters/temporal/work-item.ts';
import { eventually } from '../support/eventually.ts';
import { scriptSession, scriptWork } from '../support/scripted-activities.ts';
import type { ScriptedWork } from '../support/scripted-activities.ts';
import { testServers } from '../support/servers.ts';
import { createWorkflowHarness } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

const WAIT_MS = 30_000;
const TEST_MS = 240_000;
const METADATA_QUERY = '__temporal_workflow_metadata';
// What the items are asked to do, and what an agent says that repeats it.
const SECRET = 'the secret plan';

jest.setTimeout(TEST_MS);

/** What becomes of an item: each attempt ends in a failure of this class, the last one as `end` says. */
interface Story {
  readonly differs: Partial<WorkItem>;
  readonly attempts: readonly (FailureClass | 'goes-on' | 'completes')[];
  readonly target: string;
  readonly end?: 'cancel' | 'terminate';
  readonly shows: string;
}

const WAITS = /^Waits for an agent\. Why, .*GET \/api\/work/u.source;

const STORIES: Readonly<Record<string, Story>> = {
  waits: { differs: {}, attempts: [], target: 'Y', shows: WAITS },
  'waits-urgently': { differs: { priority: 9 }, attempts: [], target: 'Y', shows: WAITS },
  'waits-elsewhere': { differs: { projectId: 'other' }, attempts: [], target: 'Y', shows: WAITS },
  'is-overdue': { differs: { projectId: 'other', deadline: '2026-01-02T03:04:05.000Z' }, attempts: [], target: 'Y', shows: WAITS },
  'has-time': { differs: { deadline: '2100-01-02T03:04:05.000Z' }, attempts: ['goes-on'], target: 'Y', shows: '^Attempt 1 on Y by agent .*workflow `agent-' },
  'works-on-another': { differs: {}, attempts: ['goes-on'], target: 'V', shows: '^Attempt 1 on V by agent ' },
  'waits-again': {
    differs: {},
    attempts: ['lost'],
    target: 'Y',
    shows: '^Waits for an agent. The last attempt ended as lost; the next one comes not before 2',
  },
  third: { differs: {}, attempts: ['lost', 'idle', 'goes-on'], target: 'V', shows: '^Attempt 3 on V ' },
  'third-waits': {
    differs: { limits: { ...newItem().limits, attemptsMax: 9 } },
    attempts: ['lost', 'lost', 'recoverable'],
    target: 'V',
    shows: 'ended as recoverable',
  },
  'failed-in-Z': { differs: { boundary: 'Z' }, attempts: ['fatal'], target: 'Y', shows: '^Failed \\(fatal\\)' },
  'failed-elsewhere': { differs: {}, attempts: ['fatal'], target: 'Y', shows: '^Failed' },
  'completed-in-Z': { differs: { boundary: 'Z' }, attempts: ['completes'], target: 'Y', shows: '^Completed' },
  cancelled: { differs: {}, attempts: [], target: 'Y', end: 'cancel', shows: '^Cancelled' },
  terminated: { differs: {}, attempts: ['goes-on'], target: 'Y', end: 'terminate', shows: '^Attempt 1' },
};

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'everything of project X that waits for an agent': ['waits', 'waits-urgently', 'waits-again', 'third-waits'],
  'everything running on target Y': ['has-time'],
  'everything running by a mechanism': ['has-time', 'works-on-another', 'third'],
  'what is overdue': ['is-overdue'],
  'what is urgent and still waits': ['waits-urgently'],
  'items at their third attempt': ['third', 'third-waits'],
  'dead letters of boundary Z': ['failed-in-Z'],
  'what was cancelled': ['cancelled'],
  'items that an operator has terminated': ['terminated'],
  'agents on target Y': ['agent-on-Y'],
};

let harness: WorkflowHarness;
let engine: TemporalEngine;

beforeAll(async () => {
  harness = await createWorkflowHarness();
  engine = createTemporalEngine({ address: testServers().temporalAddress, namespace: harness.client.options.namespace, coordinatorIntervalMs: 60_000 });
});

afterAll(async () => {
  await engine.close();
  await harness.close();
});

test('an operator finds what the table of queries promises, sees what each item waits for, and never its text', async () => {
  const items = new Map(Object.entries(STORIES).map(([name, { differs }]) => [name, newItem({ projectId: 'X', description: SECRET, ...differs })]));
  const storyOf = (workId: string): Story | undefined => Object.entries(STORIES).find(([name]) => items.get(name)?.id === workId)?.[1];
  const work = scriptWork();
  const script = scriptWork({
    admitWork: async ({ workId }) => {
      const admitted = await work.activities.admitWork({ workId });
      const limits = [...items.values()].find(({ id }) => id === workId)?.limits;
      return admitted.kind === 'queued' && limits !== undefined ? { ...admitted, brief: { ...admitted.brief, limits } } : admitted;
    },
    takeGrant: async ({ workId, grant, newGuid }) => ({
      kind: 'taken',
      fence: grant.fence,
      attempt: grant.fence,
      agentGuid: newGuid,
      session: 'to-start',
      targetName: storyOf(workId)?.target ?? null,
      mechanism: 'local',
    }),
    awaitAgent: async (input) => {
      const next = storyOf(input.workId)?.attempts[input.fence - 1];
      if (next === 'completes') return { kind: 'completed', result: { summary: SECRET, completedAt: '2026-01-01T00:00:00.000Z' } };
      if (next === undefined || next === 'goes-on') return work.activities.awaitAgent(input);
      return { kind: 'failed', failureClass: next, message: `failed at ${SECRET}`, reportedByAgent: true };
    },
  });
  const sessions = {
    'agent-on-Y': newSession({ targetName: 'Y', lostTimeoutMs: TEST_MS }),
    'agent-on-V': newSession({ targetName: 'V', lostTimeoutMs: TEST_MS }),
    'agent-gone': newSession({ targetName: 'Y', lostTimeoutMs: TEST_MS }),
  };
  const names = new Map([
    ...[...items].map(([name, { workflowId }]) => [workflowId, name] as const),
    ...Object.entries(sessions).map(([name, { guid }]) => [sessionWorkflowId(guid), name] as const),
  ]);
  const find = async (query: string): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const { workflowId } of harness.client.workflow.list({ query })) found.push(names.get(workflowId) ?? workflowId);
    return found.sort();
  };

  await harness.withWorkers({ ...scriptSession().activities, ...script.activities }, async () => {
    for (const session of Object.values(sessions)) await engine.startSession(session);
    await harness.client.workflow.getHandle(sessionWorkflowId(sessions['agent-gone'].guid)).signal(stopSessionSignal, { reason: 'idle' });
    await Promise.all([...items].map(([name, item]) => play(script, item, STORIES[name])));
    for (const [name, { workflowId }] of items) {
      await eventually(async () => {
        expect(`${name}: ${await detailsOf(workflowId)}`).toMatch(new RegExp(STORIES[name]?.shows.replace('^', `^${name}: `) ?? '', 'u'));
      }, WAIT_MS);
    }

    const queries = documentedQueries();
    expect([...queries.keys()]).toEqual(Object.keys(EXPECTED));
    for (const [what, query] of queries) {
      await eventually(async () => {
        expect({ what, found: await find(query.replace('NOW', new Date().toISOString())) }).toEqual({ what, found: [...(EXPECTED[what] ?? [])].sort() });
      }, WAIT_MS);
    }

    for (const workflowId of names.keys()) {
      const described = await harness.client.workflow.getHandle(workflowId).describe();
      expect(await described.staticSummary()).toMatch(/./u);
      expect(decoded(described.raw)).not.toContain(SECRET);
      expect(await detailsOf(workflowId)).not.toContain(SECRET);
    }
    for (const workflowId of names.keys()) await harness.client.workflow.getHandle(workflowId).terminate().catch(ignoreEnded);
  });
});

/** Starts it as the product does, and grants it one attempt after the other. */
async function play({ calls }: ScriptedWork, item: WorkItem, story: Story | undefined): Promise<void> {
  const handle = harness.client.workflow.getHandle(item.workflowId);
  await engine.startWork(item);
  for (const [index] of (story?.attempts ?? []).entries()) {
    const fence = index + 1;
    await handle.signal(grantSignal, { grantId: randomUUID(), fence, choice: { kind: 'start', targetId: randomUUID() } });
    // A later grant would replace one that was not taken yet.
    await eventually(() => {
      expect(calls.filter(({ name, input }) => name === 'awaitAgent' && input.workId === item.id)).toHaveLength(fence);
    }, WAIT_MS);
  }
  if (story?.end === 'cancel') await handle.executeUpdate(cancelUpdate, { args: [{ reason: 'no longer needed' }] });
  if (story?.end === 'terminate') await handle.terminate();
}

async function detailsOf(workflowId: string): Promise<string> {
  const { currentDetails } = await harness.client.workflow.getHandle(workflowId).query<{ currentDetails: string }>(METADATA_QUERY);
  return currentDetails;
}

/** The rows of the table in the operators' guide. */
function documentedQueries(): ReadonlyMap<string, string> {
  const guide = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  return new Map([...guide.matchAll(/^\| (.+) \| `(WorkflowType .+)` \|$/gmu)].map(([, what = '', query = '']) => [what, query]));
}

/** As JSON, with what its payloads hold, which stand there as bytes. */
function decoded(raw: unknown): string {
  return JSON.stringify(raw, (_, value: unknown) =>
    typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value
      ? Buffer.from(value.data as number[]).toString()
      : value,
  );
}

function ignoreEnded(error: unknown): void {
  if (!/already completed|not found/iu.test(String(error))) throw error;
}
