import { heartbeat } from '@temporalio/activity';
import type { Logger } from 'pino';
import type { ReconcileActivities } from '../src/contract/activities.ts';
import { deploymentWorkflowId, sessionWorkflowId, workWorkflowId } from '../src/contract/names.ts';
import { toEndedAttempt } from '../src/domain/agents/session-end.ts';
import { TIMEOUT_MESSAGE } from '../src/domain/spin-ups/spin-up.ts';
import { judgeItem, judgeSession } from '../src/domain/work/judge-holder.ts';
import type { RunDescription, SessionVerdict } from '../src/domain/work/judge-holder.ts';
import type { DeploymentHolder, DeploymentLedger } from '../src/ports/ledger/deployment-ledger.ts';
import type { ItemHolder, ReconcileLedger, SessionHolder } from '../src/ports/ledger/reconcile-ledger.ts';
import type { SessionLedger } from '../src/ports/ledger/session-ledger.ts';
import type { TargetLedger } from '../src/ports/ledger/target-ledger.ts';
import type { WorkLedger } from '../src/ports/ledger/work-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { reconcileSchedules } from './reconcile-schedules.ts';
import { startSession } from './start-session.ts';
import { toSessionInput } from '../src/contract/session-input.ts';
import type { SessionClocks } from '../src/contract/session-input.ts';

export interface ReconcileDeps extends SessionClocks {
  readonly reconcile: ReconcileLedger;
  readonly deployments: Pick<DeploymentLedger, 'listHolders'>;
  readonly work: WorkLedger;
  readonly sessions: SessionLedger;
  readonly targets: Pick<TargetLedger, 'listChecked'>;
  readonly engine: WorkEngine;
  readonly logger: Logger;
}

// A row that was written this recently belongs to a transition that is still under way.
const SETTLED_ROW_MS = 1500;
const PAGE = 200;
const AT_ONCE = 16;
const TERMINATED = 'terminated-by-operator';

type Tally = Awaited<ReturnType<ReconcileActivities['reconcileHolders']>>;

/** Checks every unsettled item and every session against what Temporal says of its workflow, and takes back what is orphaned. */
export function createReconcileActivities(deps: ReconcileDeps): ReconcileActivities {
  return {
    reconcileHolders: async () => {
      const tally = { itemsSettled: 0, sessionsReaped: 0, itemsStarted: 0 };
      // Also starts a coordinator that an operator has ended.
      await deps.engine.ensureCoordinator();
      await eachPage(deps, {
        read: (after) => deps.reconcile.listSessions({ olderThanMs: SETTLED_ROW_MS, after, limit: PAGE }),
        idOf: (session) => session.guid,
        act: (session) => reconcileSession(deps, session, tally),
      });
      const running = await listRunning(deps);
      await eachPage(deps, {
        read: (after) => deps.reconcile.listItems({ olderThanMs: SETTLED_ROW_MS, after, limit: PAGE }),
        idOf: (item) => item.workId,
        act: (item) => reconcileItem(deps, { item, running }, tally),
      });
      await eachPage(deps, {
        read: (after) => deps.deployments.listHolders({ after, limit: PAGE }),
        idOf: (deployment) => deployment.id,
        act: (deployment) => reconcileDeployment(deps, deployment),
      });
      await reconcileSchedules(deps, heartbeat).catch((err: unknown) => {
        deps.logger.warn({ err }, 'health Schedules were not reconciled in this round');
      });
      if (tally.itemsSettled + tally.sessionsReaped > 0) await deps.engine.wakeCoordinator();
      return tally;
    },
  };
}

type Running = Awaited<ReturnType<WorkEngine['listRunningWork']>>;

/** Without the list each is asked about singly. */
async function listRunning({ engine, logger }: ReconcileDeps): Promise<Running> {
  try {
    return await engine.listRunningWork(heartbeat);
  } catch (err) {
    logger.warn({ err }, 'running work could not be listed; each item is looked at by itself');
    return new Map();
  }
}

/**
 * What visibility says is a moment old, which is good enough for an item that holds nothing: there may be very many of them, and a run
 * that has just ended leaks nothing until the next round.
 */
async function runOf({ engine }: ReconcileDeps, { workId, runId, holdsNothing }: ItemHolder, running: Running): Promise<RunDescription> {
  const workflowId = workWorkflowId(workId);
  const listed = running.get(workflowId);
  // Until its first transition the row knows no run.
  return holdsNothing && listed !== undefined && listed === (runId ?? listed) ? { kind: 'running', runId: listed } : engine.describe(workflowId);
}

async function reconcileItem(deps: ReconcileDeps, { item, running }: { item: ItemHolder; running: Running }, tally: Tally): Promise<void> {
  const { reconcile, work, engine, logger } = deps;
  const { workId } = item;
  const verdict = judgeItem(item, await runOf(deps, item, running), Date.now());
  switch (verdict.kind) {
    case 'fine':
      return;
    case 'start': {
      const found = await work.find(workId);
      if (found === null) return;
      await engine.startWork(found);
      await work.recordStarted(workId);
      tally.itemsStarted += 1;
      return;
    }
    case 'tell-cancel':
      await engine.cancelWork(workId, verdict.reason);
      return;
    case 'expire':
      await engine.expireWork(workId, verdict.failedDependency);
      return;
    case 'reject':
      await engine.rejectWork(workId, verdict.reason);
      return;
    case 'terminated': {
      const aftermath = await reconcile.settleTerminated({ workId, runId: verdict.runId, message: verdict.message });
      if (aftermath === null) return;
      tally.itemsSettled += 1;
      logger.warn({ workId, runId: verdict.runId }, 'work item was ended by an operator');
      if (aftermath.stopSession !== null) await engine.stopSession(aftermath.stopSession, TERMINATED);
    }
  }
}

async function reconcileSession(deps: ReconcileDeps, holder: SessionHolder, tally: Tally): Promise<void> {
  const { guid, overdue, hostGone } = holder;
  if (overdue && !(await deps.reconcile.recordSpinUpTimeout(guid))) return;
  const state = overdue ? 'draining' : holder.state;
  const verdict = judgeSession({ state, hostGone }, await deps.engine.describe(sessionWorkflowId(guid)));
  if (verdict.kind === 'fine') return;
  if (verdict.kind !== 'reap') await tellSession(deps, { guid, overdue }, verdict);
  else if (await reap(deps, holder, verdict.message)) tally.sessionsReaped += 1;
}

async function tellSession(
  deps: ReconcileDeps,
  { guid, overdue }: Pick<SessionHolder, 'guid' | 'overdue'>,
  verdict: Exclude<SessionVerdict, { kind: 'fine' | 'reap' }>,
): Promise<void> {
  switch (verdict.kind) {
    case 'start':
      await startSession(deps, guid);
      return;
    case 'tell-stop':
      await deps.engine.stopSession(guid, overdue ? TIMEOUT_MESSAGE : 'its work item no longer needs it');
      return;
    case 'tell-host-gone':
      await deps.engine.giveUpSession(guid, verdict.reason);
  }
}

/** Gives the agent somebody who stops it, or who gives it up. */
async function reap(deps: ReconcileDeps, { guid, hostGone }: SessionHolder, message: string): Promise<boolean> {
  const { reconcile, sessions, engine, logger } = deps;
  const lease = await reconcile.recordSessionTerminated(guid, message);
  const session = await sessions.find(guid);
  if (session === null) return false;
  logger.warn({ agentGuid: guid }, 'agent session was ended by an operator; its agent is stopped');
  await engine.startSession(toSessionInput(session, 'reap', deps));
  if (hostGone !== null) await engine.giveUpSession(guid, hostGone);
  if (lease !== null) await engine.completeAttempt(lease.taskToken, toEndedAttempt(TERMINATED, message));
  return true;
}

/** Also starts the workflow of one that an operator has ended: the rows are the truth, and its agents are there. */
async function reconcileDeployment({ engine }: ReconcileDeps, deployment: DeploymentHolder): Promise<void> {
  const isLooking = !deployment.unsettled && (await engine.describe(deploymentWorkflowId(deployment))).kind === 'running';
  if (!isLooking) await engine.wakeDeployment(deployment);
}

interface Rows<T> {
  readonly read: (after: string | null) => Promise<readonly T[]>;
  readonly idOf: (row: T) => string;
  readonly act: (row: T) => Promise<void>;
}

/** Every row, a few at once. One that fails is logged and waits for the next round: it must not hide the others. */
async function eachPage<T>({ logger }: ReconcileDeps, { read, idOf, act }: Rows<T>): Promise<void> {
  let after: string | null = null;
  for (;;) {
    const rows: readonly T[] = await read(after);
    for (let begin = 0; begin < rows.length; begin += AT_ONCE) {
      heartbeat();
      await Promise.all(
        rows.slice(begin, begin + AT_ONCE).map((row) =>
          act(row).catch((err: unknown) => {
            logger.warn({ err, id: idOf(row) }, 'not reconciled in this round');
          }),
        ),
      );
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = idOf(last);
  }
}
