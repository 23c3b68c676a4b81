import { activityInfo, CompleteAsyncError } from '@temporalio/activity';
import type { AttemptActivities, WorkTransitions } from '../../src/contract/activities.ts';
import type { WorkBrief } from '../../src/domain/work/transition-results.ts';
import { WorkLimits } from '../../src/domain/work/work-item.ts';

type Scripted = WorkTransitions & AttemptActivities;
type Call = { [K in keyof Scripted]: { name: K; input: Parameters<Scripted[K]>[0] } }[keyof Scripted];

export interface ScriptedWork {
  readonly activities: Scripted;
  readonly calls: Call[];
  /** Names of the calls so far. */
  readonly names: () => string[];
  /** Task tokens of the awaits that are, or were, open. */
  readonly tokens: Uint8Array[];
}

export function brief(limits: Partial<WorkLimits> = {}): WorkBrief {
  return {
    projectId: 'default',
    capability: 'test',
    boundary: 'personal',
    limits: { ...WorkLimits.parse({}), ...limits },
    acceptedAtMs: Date.now(),
    deadlineMs: null,
    attempts: 0,
  };
}

/** What a well-behaved ledger and agent do; a test overrides what it is about. By default an await stays open. */
export function scriptWork(overrides: Partial<Scripted> = {}, limits: Partial<WorkLimits> = {}): ScriptedWork {
  const calls: Call[] = [];
  const tokens: Uint8Array[] = [];
  let attempt = 0;
  const plain: Scripted = {
    admitWork: async () => ({ kind: 'queued', brief: brief(limits) }),
    takeGrant: async ({ grant, newGuid }) => ({
      kind: 'taken',
      fence: grant.fence,
      attempt: ++attempt,
      agentGuid: newGuid,
      session: 'to-start',
      targetName: 'here',
      mechanism: 'local',
    }),
    requeueWork: async () => undefined,
    settleWork: async () => undefined,
    awaitAgent: async () => {
      tokens.push(activityInfo().taskToken);
      throw new CompleteAsyncError();
    },
    judgeHarness: async () => ({ kind: 'lost', message: 'nobody is there' }),
  };
  const wired = Object.fromEntries(
    Object.entries({ ...plain, ...overrides }).map(([name, activity]) => [
      name,
      async (input: never) => {
        calls.push({ name, input } as Call); // the name and the input belong together by construction
        return activity(input);
      },
    ]),
  ) as unknown as Scripted; // the same keys with the same functions
  return { activities: wired, calls, tokens, names: () => calls.map(({ name }) => name) };
}
