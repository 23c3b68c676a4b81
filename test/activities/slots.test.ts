import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createSlotActivities } from '../../activities/slots.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { AgentSessionInput } from '../../src/domain/agents/session-input.ts';
import type { Session } from '../../src/domain/agents/session.ts';
import type { Grant, GrantRound, LedgerRound } from '../../src/domain/scheduling/grant.ts';
import type { StartableWork } from '../../src/domain/work/startable-work.ts';
import { WorkLimits } from '../../src/domain/work/work-item.ts';
import type { DeploymentKey } from '../../src/ports/ledger/deployment-ledger.ts';
import { activityEnvironment } from './activity-world.ts';

const TOLD = { lookAgainInMs: null, more: false };
const ROUND = { ...TOLD, grants: [], retire: [], starts: [], failedDependents: [], rejected: [], expired: [] };

const DUE = { id: 'c0ffee00-0000-4000-8000-000000000000', projectId: 'default', name: 'warm' };

async function playRound(round: LedgerRound, refused: readonly string[] = [], due: readonly DeploymentKey[] = []) {
  const started: AgentSessionInput[] = [];
  const recorded: string[] = [];
  const expired: string[] = [];
  const woken: string[] = [];
  const granted: [string, Grant][] = [];
  const begun: string[] = [];
  const stopped: string[] = [];
  const { grantSlots } = createSlotActivities({
    slots: {
      grantSlots: async () => round,
      recordStarted: async (guids) => {
        recorded.push(...guids);
      },
    },
    sessions: { find: async (guid) => session(guid) },
    deployments: { listDue: async ({ limit }) => due.slice(0, limit) },
    work: {
      recordStarted: async (workId) => {
        recorded.push(workId);
      },
    },
    engine: {
      tellGrant: async (workId, grant, item) => {
        if (refused.includes(workId)) throw new WeftError('ENGINE_UNAVAILABLE', 'Temporal is away.');
        if (workId.startsWith('unstarted') && item === null) return 'not-running';
        if (item !== null) begun.push(item.id);
        granted.push([workId, grant]);
        return 'told';
      },
      stopSession: async (guid, reason) => {
        if (refused.includes(guid)) throw new WeftError('ENGINE_UNAVAILABLE', 'Temporal is away.');
        stopped.push(`${guid}: ${reason}`);
        return 'told';
      },
      wakeDeployment: async ({ name }) => {
        if (refused.includes(name)) throw new WeftError('ENGINE_UNAVAILABLE', 'Temporal is away.');
        woken.push(name);
      },
      startSession: async (input) => {
        if (refused.includes(input.guid)) throw new WeftError('ENGINE_UNAVAILABLE', 'Temporal is away.');
        started.push(input);
      },
      rejectWork: async (workId, reason) => {
        if (refused.includes(workId)) throw new WeftError('ENGINE_UNAVAILABLE', 'Temporal is away.');
        expired.push(`${workId}: ${reason}`);
        return 'told';
      },
      expireWork: async (workId, failedDependency) => {
        if (refused.includes(workId)) throw new WeftError('ENGINE_UNAVAILABLE', 'Temporal is away.');
        expired.push(`${workId}: ${failedDependency ?? ''}`);
        return 'told';
      },
    },
    logger: pino({ level: 'silent' }),
    registerTimeoutMs: 5000,
    lostTimeoutMs: 30_000,
  });
  const told = await activityEnvironment().run<never[], GrantRound, typeof grantSlots>(grantSlots);
  return { told, started, recorded, expired, woken, granted, stopped, begun };
}

test('what nobody asked to be started costs the coordinator nothing', async () => {
  const { told, started, recorded } = await playRound(ROUND);

  expect(told).toEqual(TOLD);
  expect([started, recorded]).toEqual([[], []]);
});

test('each item is told of its grant, and nobody waits for one that cannot be told now', async () => {
  const grant: Grant = { grantId: 'g', fence: 7, choice: { kind: 'agent', agentGuid: 'x', targetId: null } };
  const grants = ['a', 'b'].map((workId) => ({ workId, unstarted: null, ...grant }));

  const { granted, told } = await playRound({ ...ROUND, grants }, ['a']);

  expect(granted).toEqual([['b', grant]]);
  expect(told).toEqual(TOLD);
});

test('each session that is to retire is asked to stop, and the next round asks again one that cannot be asked now', async () => {
  const retire = [
    { agentGuid: 'a', reason: 'idle' },
    { agentGuid: 'b', reason: 'drained' },
  ];
  const { stopped, told } = await playRound({ ...ROUND, retire }, ['a']);

  expect(stopped).toEqual(['b: drained']);
  expect(told).toEqual(TOLD);
});

test('each agent without an item gets its supervision, and that is recorded; the workflow is told nothing of it', async () => {
  const { told, started, recorded } = await playRound({ ...ROUND, starts: ['a', 'b'] });

  expect(started).toEqual(['a', 'b'].map((guid) => expect.objectContaining({ guid, mode: 'supervise', workId: null, hostQueue: 'weft-spin-local-host' })));
  expect(recorded).toEqual(['a', 'b']);
  expect(told).toEqual(TOLD);
});

test('one that cannot be started now keeps nobody else waiting, and is looked at again soon', async () => {
  const { told, started, recorded } = await playRound({ ...ROUND, lookAgainInMs: 20_000, starts: ['a', 'b'] }, ['a']);

  expect(started.map(({ guid }) => guid)).toEqual(['b']);
  expect(recorded).toEqual(['b']);
  expect(told.lookAgainInMs).toBe(1000);
});

test('items that fail with what they depend on are told, each by itself; the workflow hears nothing of it', async () => {
  const failedDependents = ['one', 'two'].map((workId) => ({ workId, reason: 'it failed' }));

  const { told, expired } = await playRound({ ...ROUND, failedDependents }, ['one']);

  expect(expired).toEqual(['two: it failed']);
  expect(told).toEqual(TOLD);
});

function session(guid: string): Session {
  return {
    guid,
    projectId: 'default',
    targetId: 'b9c4b0a8-6df8-4a3c-9a4c-4f3f0f2c7a11',
    targetName: 'pool',
    mechanism: 'local',
    hostId: 'host',
    agentType: 'claude-code',
    capabilities: ['build'],
    boundaries: ['personal'],
    task: 'command',
    state: 'starting',
    workId: null,
    fence: null,
    handle: null,
    idleTimeoutMs: 0,
    stopGraceMs: null,
  };
}

test('the workflows of items that nobody has approved in time are told, each on its own', async () => {
  const rejected = ['a', 'b'].map((workId) => ({ workId, reason: 'nobody approved it' }));

  const { told, expired } = await playRound({ ...ROUND, rejected }, ['a']);

  expect(told).toEqual(TOLD);
  expect(expired).toEqual(['b: nobody approved it']);
});

test('the workflows of items whose deadline has passed are told, each on its own', async () => {
  const { told, expired } = await playRound({ ...ROUND, expired: ['a', 'b'] }, ['a']);

  expect(told).toEqual(TOLD);
  expect(expired).toEqual(['b: ']);
});

test('deployments that waited for what has come are woken; one that is not woken holds up no round', async () => {
  const { woken, told } = await playRound(ROUND, [], [DUE]);
  const refused = await playRound(ROUND, [DUE.name], [DUE]);

  expect([woken, told]).toEqual([['warm'], TOLD]);
  expect([refused.woken, refused.told]).toEqual([[], TOLD]);
});

test('more deployments than one round wakes are woken by the next, soon', async () => {
  const { woken, told } = await playRound(ROUND, [], Array<DeploymentKey>(60).fill(DUE));

  expect(woken).toHaveLength(50);
  expect(told).toMatchObject({ lookAgainInMs: 1000 });
});

function unstarted(id: string, retries = 0): StartableWork {
  return {
    id,
    projectId: 'default',
    capability: 'build',
    boundary: 'personal',
    priority: 5,
    phase: 'waiting',
    status: 'pending',
    attempts: 0,
    retries,
    limits: WorkLimits.parse({}),
    offeredAt: '2026-01-01T00:00:00.000Z',
  };
}

test('an item whose workflow is not started yet has it started with its grant, and that is recorded', async () => {
  const grant: Grant = { grantId: 'g', fence: 1, choice: { kind: 'start', targetId: 't' } };

  const { begun, granted, recorded } = await playRound({ ...ROUND, grants: [{ workId: 'unstarted-item', unstarted: unstarted('unstarted-item'), ...grant }] });

  expect(begun).toEqual(['unstarted-item']);
  expect(granted).toEqual([['unstarted-item', grant]]);
  expect(recorded).toContain('unstarted-item');
});

test('no run follows one that an operator has ended, of an item that was driven again', async () => {
  const grant: Grant = { grantId: 'g', fence: 2, choice: { kind: 'start', targetId: 't' } };

  const { begun, granted } = await playRound({ ...ROUND, grants: [{ workId: 'unstarted-again', unstarted: unstarted('unstarted-again', 1), ...grant }] });

  expect([begun, granted]).toEqual([[], []]);
});

test('one that cannot be started now is not recorded as started', async () => {
  const grant: Grant = { grantId: 'g', fence: 1, choice: { kind: 'start', targetId: 't' } };

  const { told, recorded } = await playRound({ ...ROUND, grants: [{ workId: 'unstarted-item', unstarted: unstarted('unstarted-item'), ...grant }] }, [
    'unstarted-item',
  ]);

  expect([told, recorded]).toEqual([TOLD, []]);
});
