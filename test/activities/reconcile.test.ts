import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createReconcileActivities } from '../../activities/reconcile.ts';
import type { Session } from '../../src/domain/agents/session.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { RunDescription } from '../../src/domain/work/judge-holder.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import type { LiveLease } from '../../src/ports/ledger/lease-ledger.ts';
import type { DeploymentHolder } from '../../src/ports/ledger/deployment-ledger.ts';
import type { ItemHolder, ReconcileLedger, SessionHolder } from '../../src/ports/ledger/reconcile-ledger.ts';
import type { SessionLedger } from '../../src/ports/ledger/session-ledger.ts';
import type { Aftermath } from '../../src/ports/ledger/transition-ledger.ts';
import type { WorkLedger } from '../../src/ports/ledger/work-ledger.ts';
import type { WorkEngine } from '../../src/ports/work-engine.ts';
import { activityEnvironment, port } from './activity-world.ts';

const workId = randomUUID();
const guid = randomUUID();
const IDLE = { itemsSettled: 0, sessionsReaped: 0, itemsStarted: 0 };
const closed: RunDescription = { kind: 'closed', runId: 'run', status: 'TERMINATED' };
const running: RunDescription = { kind: 'running', runId: 'run' };

const session: Session = {
  guid,
  projectId: 'default',
  targetId: randomUUID(),
  targetName: 'here',
  mechanism: 'local',
  hostId: 'host',
  agentType: 'claude-code',
  capabilities: ['test'],
  boundaries: ['personal'],
  task: 'serve',
  state: 'busy',
  workId,
  fence: 5,
  handle: null,
  idleTimeoutMs: 1000,
  stopGraceMs: null,
};

const lease: LiveLease = {
  workId,
  projectId: 'default',
  fence: 5,
  awaitNo: 1,
  agentGuid: guid,
  taskToken: Buffer.from('token'),
  idleTimeoutMs: 1000,
  questionId: null,
};

function item(differs: Partial<ItemHolder> = {}): ItemHolder {
  return {
    workId,
    projectId: 'default',
    runId: 'run',
    holdsNothing: false,
    retries: 0,
    cancelReason: null,
    rejection: null,
    failedDependency: null,
    settleByMs: Number.MAX_SAFE_INTEGER,
    ...differs,
  };
}

interface Answers {
  readonly items?: readonly ItemHolder[];
  readonly sessions?: readonly SessionHolder[];
  readonly run: RunDescription;
  /** Telling this item its cancel fails. */
  readonly deafTo?: string;
  /** What settling a terminated item leaves; null = the row has moved on. */
  readonly aftermath?: Aftermath | null;
  readonly lease?: LiveLease | null;
  /** The agent of an overdue spin-up has registered at the last moment. */
  readonly registered?: boolean;
  readonly deployments?: readonly DeploymentHolder[];
  /** Workflow ids and runs that visibility calls running. */
  readonly listed?: readonly (readonly [string, string])[] | 'away';
}

/** One round; returns its tally and what it told others, after the wake with which every round begins. */
async function reconcile({
  items = [],
  sessions = [],
  run,
  deafTo,
  aftermath = null,
  lease: held = null,
  registered = false,
  deployments = [],
  listed = [],
}: Answers): Promise<{ tally: unknown; told: unknown[]; described: number }> {
  let described = 0;
  const told: unknown[] = [];
  const tell =
    <T>(name: string, answer: T) =>
    async (...args: unknown[]): Promise<T> => {
      told.push([name, ...args]);
      return answer;
    };
  const { reconcileHolders } = createReconcileActivities({
    reconcile: port<ReconcileLedger>({
      listItems: async () => items,
      listSessions: async () => sessions,
      settleTerminated: tell('settleTerminated', aftermath),
      recordSessionTerminated: tell('recordSessionTerminated', held),
      recordSpinUpTimeout: tell('recordSpinUpTimeout', !registered),
    }),
    deployments: { listHolders: async () => deployments },
    work: port<WorkLedger>({ find: async () => ({ id: workId }) as WorkItem, recordStarted: async () => undefined }), // only handed on
    sessions: port<SessionLedger>({ find: async () => session }),
    targets: { listChecked: async () => [] },
    engine: port<WorkEngine>({
      describe: async () => {
        described += 1;
        return run;
      },
      listRunningWork: async () => {
        if (listed === 'away') throw new WeftError('ENGINE_UNAVAILABLE', 'Temporal did not answer.');
        return new Map(listed);
      },
      listHealthSchedules: async () => [],
      startWork: tell('startWork', undefined),
      cancelWork: async (id, reason) => {
        if (id === deafTo) throw new WeftError('ENGINE_UNAVAILABLE', 'Temporal did not answer.');
        return tell('cancelWork', 'cancelling' as const)(id, reason);
      },
      expireWork: tell('expireWork', 'told' as const),
      rejectWork: tell('rejectWork', 'told' as const),
      stopSession: tell('stopSession', 'told' as const),
      giveUpSession: tell('giveUpSession', 'told' as const),
      startSession: tell('startSession', undefined),
      completeAttempt: tell('completeAttempt', 'done' as const),
      wakeDeployment: tell('wakeDeployment', undefined),
      wakeCoordinator: tell('wakeCoordinator', 'heard'),
      ensureCoordinator: tell('ensureCoordinator', undefined),
    }),
    logger: pino({ level: 'silent' }),
    registerTimeoutMs: 5000,
    lostTimeoutMs: 30_000,
  });
  const tally: unknown = await activityEnvironment().run(reconcileHolders);
  expect(told[0]).toEqual(['ensureCoordinator']);
  return { tally, told: told.slice(1), described };
}

describe('a round of the reconciler', () => {
  test('leaves alone what runs', async () => {
    const round = await reconcile({ items: [item()], sessions: [{ guid, projectId: 'default', state: 'busy', hostGone: null, overdue: false }], run: running });

    expect(round).toEqual({ tally: IDLE, told: [], described: 2 });
  });

  test.each<[string, { differs: Partial<ItemHolder>; listed: NonNullable<Answers['listed']>; described: number }]>([
    ['believes visibility of one that holds nothing', { differs: { holdsNothing: true }, listed: [[`work-${workId}`, 'run']], described: 0 }],
    ['asks about one that holds something', { differs: {}, listed: [[`work-${workId}`, 'run']], described: 1 }],
    ['asks about one of which visibility knows another run', { differs: { holdsNothing: true }, listed: [[`work-${workId}`, 'older']], described: 1 }],
    ['asks about one that visibility does not know', { differs: { holdsNothing: true }, listed: [], described: 1 }],
    ['asks about all when visibility is away', { differs: { holdsNothing: true }, listed: 'away', described: 1 }],
  ])('%s', async (_what, { differs, listed, described }) => {
    const round = await reconcile({ items: [item(differs)], run: running, listed });

    expect(round).toEqual({ tally: IDLE, told: [], described });
  });

  const deployment = { id: randomUUID(), projectId: 'default', name: 'web' };

  test.each<[string, { unsettled: boolean; run: RunDescription; isWoken: boolean }]>([
    ['leaves alone a deployment that is as it should be', { unsettled: false, run: running, isWoken: false }],
    ['lets a deployment look of which something has changed', { unsettled: true, run: running, isWoken: true }],
    ['starts the workflow of a deployment that was ended', { unsettled: false, run: closed, isWoken: true }],
    ['starts the workflow of a deployment that never had one', { unsettled: false, run: { kind: 'unknown' }, isWoken: true }],
  ])('%s', async (_, { unsettled, run, isWoken }) => {
    const holder = { ...deployment, unsettled };

    expect(await reconcile({ deployments: [holder], run })).toMatchObject({ tally: IDLE, told: isWoken ? [['wakeDeployment', holder]] : [] });
  });

  test.each<[string, Partial<ItemHolder>, unknown[]]>([
    ['tells a workflow the cancel that it has missed', { cancelReason: 'why' }, ['cancelWork', workId, 'why']],
    ['tells a workflow that its time is up', { settleByMs: 0 }, ['expireWork', workId, null]],
    ['tells a workflow that what its item depends on has failed', { failedDependency: 'it failed' }, ['expireWork', workId, 'it failed']],
    ['tells a workflow why it was rejected', { rejection: 'rejected by kim' }, ['rejectWork', workId, 'rejected by kim']],
  ])('%s', async (_, differs, call) => {
    const { told } = await reconcile({ items: [item(differs)], run: running });

    expect(told).toEqual([call]);
  });

  test('goes on with the others when one cannot be told', async () => {
    const deaf = randomUUID();

    const { told } = await reconcile({ items: [item({ workId: deaf, cancelReason: 'why' }), item({ cancelReason: 'why' })], run: running, deafTo: deaf });

    expect(told).toEqual([['cancelWork', workId, 'why']]);
  });

  test('starts what was accepted and never started', async () => {
    const { tally, told } = await reconcile({ items: [item({ runId: null })], run: { kind: 'unknown' } });

    expect(told).toEqual([['startWork', { id: workId }]]);
    expect(tally).toEqual({ ...IDLE, itemsStarted: 1 });
  });

  test('settles an item whose workflow was ended, stops its agent and lets the coordinator look', async () => {
    const aftermath: Aftermath = { workId, projectId: 'default', stopSession: guid, settledAgent: null };

    const { tally, told } = await reconcile({ items: [item()], run: closed, aftermath });

    expect(told).toEqual([
      ['settleTerminated', expect.objectContaining({ workId, runId: 'run' })],
      ['stopSession', guid, 'terminated-by-operator'],
      ['wakeCoordinator'],
    ]);
    expect(tally).toEqual({ ...IDLE, itemsSettled: 1 });
  });

  test('does nothing more for an item that has moved on meanwhile', async () => {
    const { tally, told } = await reconcile({ items: [item()], run: closed, aftermath: null });

    expect(told).toEqual([['settleTerminated', expect.anything()]]);
    expect(tally).toEqual(IDLE);
  });

  test('reaps the agent of a session that was ended, and fails the attempt that it worked on', async () => {
    const { tally, told } = await reconcile({ sessions: [{ guid, projectId: 'default', state: 'busy', hostGone: null, overdue: false }], run: closed, lease });

    expect(told).toEqual([
      ['recordSessionTerminated', guid, 'its supervision was ended (terminated)'],
      [
        'startSession',
        expect.objectContaining({ guid, mode: 'reap', workId, hostQueue: 'weft-spin-local-host', registerTimeoutMs: 5000, lostTimeoutMs: 30_000 }),
      ],
      ['completeAttempt', lease.taskToken, expect.objectContaining({ kind: 'failed', failureClass: 'interrupted' })],
      ['wakeCoordinator'],
    ]);
    expect(tally).toEqual({ ...IDLE, sessionsReaped: 1 });
  });

  test('tells a draining session once more to stop', async () => {
    const { told } = await reconcile({ sessions: [{ guid, projectId: 'default', state: 'draining', hostGone: null, overdue: false }], run: running });

    expect(told).toEqual([['stopSession', guid, 'its work item no longer needs it']]);
  });

  test('ends an agent that was not started in its time, and has its supervision stop it', async () => {
    const { told } = await reconcile({ sessions: [{ guid, projectId: 'default', state: 'starting', hostGone: null, overdue: true }], run: running });

    expect(told).toEqual([
      ['recordSpinUpTimeout', guid],
      ['stopSession', guid, 'Timeout'],
    ]);
  });

  test('gives one whose supervision never began somebody who stops it', async () => {
    const { told } = await reconcile({
      sessions: [{ guid, projectId: 'default', state: 'starting', hostGone: null, overdue: true }],
      run: { kind: 'unknown' },
    });

    expect(told).toContainEqual(['startSession', expect.objectContaining({ guid, mode: 'reap' })]);
  });

  test('lets one live that has registered at the last moment', async () => {
    const { told } = await reconcile({
      sessions: [{ guid, projectId: 'default', state: 'starting', hostGone: null, overdue: true }],
      run: running,
      registered: true,
    });

    expect(told).toEqual([['recordSpinUpTimeout', guid]]);
  });

  test('tells the supervision of an agent whose host was declared gone, also one that is stopping it', async () => {
    const holders = (['busy', 'draining'] as const).map((state) => ({ guid, projectId: 'default', state, hostGone: 'its host is gone', overdue: false }));

    expect((await reconcile({ sessions: holders, run: running })).told).toEqual([
      ['giveUpSession', guid, 'its host is gone'],
      ['giveUpSession', guid, 'its host is gone'],
    ]);
  });

  test('gives the agent of such a host a supervision that gives it up, when an operator has ended the one that it had', async () => {
    const { told } = await reconcile({
      sessions: [{ guid, projectId: 'default', state: 'draining', hostGone: 'its host is gone', overdue: false }],
      run: closed,
    });

    expect(told).toEqual([
      ['recordSessionTerminated', guid, 'its supervision was ended (terminated)'],
      ['startSession', expect.objectContaining({ guid, mode: 'reap' })],
      ['giveUpSession', guid, 'its host is gone'],
      ['wakeCoordinator'],
    ]);
  });
});
