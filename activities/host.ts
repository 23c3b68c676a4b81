import { activityInfo, cancellationSignal, heartbeat, sleep } from '@temporalio/activity';
import { STARTING } from '../src/contract/activities.ts';
import type { HostActivities } from '../src/contract/activities.ts';
import { runnerConfigOf, RUNNER_CONFIG } from '../src/domain/agents/launch.ts';
import type { Session } from '../src/domain/agents/session.ts';
import type { AgentGuid } from '../src/domain/ids.ts';
import { stopTimes } from '../src/domain/agents/stop-grace.ts';
import { hasErrorCode, WeftError } from '../src/domain/errors.ts';
import type { MechanismName } from '../src/domain/targets/target.ts';
import type { Mechanism } from '../src/ports/mechanism.ts';
import { superviseFromHere } from './session.ts';
import type { SessionDeps } from './session.ts';

export interface HostDeps extends SessionDeps {
  readonly mechanisms: Readonly<Partial<Record<MechanismName, Mechanism>>>;
  /** Program and arguments of the agent runner on this host. */
  readonly runnerArgv: readonly string[];
  /** What the runner needs to reach NATS. Never enters history, events or logs. */
  readonly runnerEnv: Readonly<Record<string, string>>;
  readonly lostTimeoutMs: number;
  readonly stopGraceMs: number;
}

const SHUTDOWN_TIMEOUT_MS = 2000;
const BEAT_MS = 3000;
const STARTS_MAX = 3;
const START_AGAIN_FIRST_MS = 500;
// Temporal gives a start that hangs to another try by then.
const START_MS_MAX = 60_000;
// KILL and looking whether all is gone, beside the grace.
const STOP_MS_MAX = 60_000;

/** What only the host of a target may do: start an agent there, and end it for certain. */
export function createHostActivities(deps: HostDeps): HostActivities {
  const { sessions, bus } = deps;
  return {
    spinUp: ({ guid }) => spinUp(deps, guid),
    startAgent: async (input) => {
      heartbeat(STARTING);
      if ((await tryStarting(() => spinUp(deps, input.guid))) === 'not-wanted') return 'not-wanted';
      return superviseFromHere(deps, input);
    },
    stopAgent: async ({ guid, projectId, reason }) => {
      const session = await sessions.find(guid);
      if (session === null) return;
      const askedAtMs = firstAskedAtMs();
      heartbeat(askedAtMs);
      const times = () => stopTimes({ wishMs: session.stopGraceMs, usualMs: deps.stopGraceMs, askedForMs: Date.now() - askedAtMs });
      const { harnessGraceMs } = times();
      const grace = harnessGraceMs === undefined ? {} : { graceMs: harnessGraceMs };
      // Politely first: the runner ends its harness and reports what it was doing; the mechanism then only verifies.
      await bus.command({ projectId, guid }, { name: 'shutdown', reason: reason.slice(0, 256), ...grace }, SHUTDOWN_TIMEOUT_MS);
      const { graceMs } = times();
      const mechanism = mechanismOf(deps, session.mechanism);
      const result = await beating({ details: askedAtMs, forMs: graceMs + STOP_MS_MAX }, (signal) =>
        mechanism.stop({ guid, handle: session.handle, graceMs }, signal),
      );
      if (result.kind === 'alive') throw new WeftError('AGENT_NOT_GONE', `Agent ${guid} is not gone: ${result.detail}. It is tried again.`);
    },
  };
}

async function spinUp(deps: HostDeps, guid: AgentGuid): Promise<'started' | 'not-wanted'> {
  const { sessions } = deps;
  const wanted = await sessions.findForSpinUp(guid);
  // Tried again after the agent was up and at work: it is there.
  if (isUp(wanted?.session ?? (await sessions.find(guid)))) return 'started';
  if (wanted === null) return 'not-wanted';
  const { session, config } = wanted;
  const runner = runnerConfigOf(session, config, deps.lostTimeoutMs);
  const mechanism = mechanismOf(deps, session.mechanism);
  const request = { guid, fence: session.fence ?? 0, argv: deps.runnerArgv, env: { ...deps.runnerEnv, [RUNNER_CONFIG]: JSON.stringify(runner) } };
  const result = await beating({ details: STARTING, forMs: START_MS_MAX }, async (signal) => {
    // An agent that cannot run the target's command would register, and then fail one item after the other.
    const found = await mechanism.check(config, signal);
    if (!found.healthy) throw new WeftError('SPIN_UP_FAILED', found.error);
    return mechanism.start(request, signal);
  });
  if (result.kind === 'tombstoned') return 'not-wanted';
  await sessions.recordHandle(guid, result.handle);
  return 'started';
}

function isUp(session: Session | null): boolean {
  return session !== null && session.handle !== null && (session.state === 'busy' || session.state === 'free');
}

/** As Temporal tries `spinUp` again. */
async function tryStarting<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1, delayMs = START_AGAIN_FIRST_MS; ; tries++, delayMs *= 2) {
    try {
      return await start();
    } catch (error) {
      if (tries >= STARTS_MAX || !hasErrorCode(error, 'SPIN_UP_FAILED')) throw error;
      heartbeat(STARTING);
      await sleep(delayMs);
    }
  }
}

/** An earlier try of this stop may have asked already; its heartbeats say so. */
function firstAskedAtMs(): number {
  const said: unknown = activityInfo().heartbeatDetails;
  return typeof said === 'number' ? said : Date.now();
}

/** Shows life while it runs, and no longer than it may: what hangs beyond its signal is tried again. */
async function beating<T>({ details, forMs }: { details: unknown; forMs: number }, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.any([cancellationSignal(), AbortSignal.timeout(forMs)]);
  const beat = setInterval(() => {
    if (!signal.aborted) heartbeat(details);
  }, BEAT_MS);
  try {
    return await run(signal);
  } finally {
    clearInterval(beat);
  }
}

function mechanismOf({ mechanisms }: HostDeps, name: MechanismName): Mechanism {
  const mechanism = mechanisms[name];
  if (mechanism === undefined) throw new WeftError('TARGET_MISCONFIGURED', `This worker has no mechanism "${name}".`);
  return mechanism;
}
