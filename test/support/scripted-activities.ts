import { activityInfo, CompleteAsyncError } from '@temporalio/activity';
import type {
  AttemptActivities,
  HostActivities,
  SessionActivities,
  SessionTransitions,
  SlotActivities,
  WorkTransitions,
} from '../../src/contract/activities.ts';
import type { GrantRound } from '../../src/domain/scheduling/grant.ts';
import type { WorkBrief } from '../../src/domain/work/transition-results.ts';
import { WorkLimits } from '../../src/domain/work/work-item.ts';

type Activities<A> = { readonly [K in keyof A]: (...input: never[]) => Promise<unknown> };
type CallsOf<A extends Activities<A>> = { [K in keyof A]: { readonly name: K; readonly input: Parameters<A[K]>[0] } }[keyof A];

/** Activities that a test scripts, and what was asked of them. */
interface Script<A extends Activities<A>> {
  readonly activities: A;
  readonly calls: CallsOf<A>[];
  /** Names of the calls so far. */
  readonly names: () => (keyof A)[];
  /** Task tokens of the activities that are, or were, open for completion from outside. */
  readonly tokens: Uint8Array[];
}

export type WorkActivities = WorkTransitions & AttemptActivities;
export type ScriptedWork = Script<WorkActivities>;
export type SupervisionActivities = HostActivities & SessionActivities & SessionTransitions;
export type ScriptedSession = Script<SupervisionActivities>;
export type ScriptedSlots = Script<SlotActivities>;

function brief(limits: Partial<WorkLimits> = {}): WorkBrief {
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
export function scriptWork(overrides: Partial<WorkActivities> = {}, limits: Partial<WorkLimits> = {}): ScriptedWork {
  const tokens: Uint8Array[] = [];
  let attempt = 0;
  const plain: WorkActivities = {
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
    awaitAgent: () => stayOpen(tokens),
    judgeHarness: async () => ({ kind: 'lost', message: 'nobody is there' }),
  };
  return record({ ...plain, ...overrides }, tokens);
}

/** A host and an agent that do as they are told; the supervision stays open. */
export function scriptSession(overrides: Partial<SupervisionActivities> = {}): ScriptedSession {
  const tokens: Uint8Array[] = [];
  const plain: SupervisionActivities = {
    startAgent: () => stayOpen(tokens),
    spinUp: async () => 'started',
    superviseAgent: () => stayOpen(tokens),
    judgeRunner: async () => ({ kind: 'lost', message: 'the agent is not connected' }),
    stopAgent: async () => undefined,
    endSession: async () => undefined,
    recordGone: async () => undefined,
  };
  return record({ ...plain, ...overrides }, tokens);
}

/** A ledger whose rounds are these, in order; after them it has nothing to grant. */
export function scriptSlots(rounds: readonly Partial<GrantRound>[]): ScriptedSlots {
  const left = [...rounds];
  return record<SlotActivities>({ grantSlots: async () => ({ lookAgainInMs: null, more: false, ...left.shift() }) }, []);
}

async function stayOpen(tokens: Uint8Array[]): Promise<never> {
  tokens.push(activityInfo().taskToken);
  throw new CompleteAsyncError();
}

function record<A extends Activities<A>>(activities: A, tokens: Uint8Array[]): Script<A> {
  const calls: CallsOf<A>[] = [];
  const wired = Object.entries<(input: never) => Promise<unknown>>(activities).map(([name, activity]) => [
    name,
    async (input: never) => {
      calls.push({ name, input } as unknown as CallsOf<A>); // the name and the input belong together by construction
      return activity(input);
    },
  ]);
  // The same keys with the same functions.
  return { activities: Object.fromEntries(wired) as A, calls, tokens, names: () => calls.map(({ name }) => name) };
}
