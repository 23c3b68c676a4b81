import type { Logger } from 'pino';
import type { SlotActivities } from '../src/contract/activities.ts';
import type { AgentGuid, WorkId } from '../src/domain/ids.ts';
import { briefOf } from '../src/domain/work/brief-of.ts';
import type { GrantRound, LedgerRound } from '../src/domain/scheduling/grant.ts';
import type { DeploymentLedger } from '../src/ports/ledger/deployment-ledger.ts';
import type { SlotLedger } from '../src/ports/ledger/slot-ledger.ts';
import type { WorkLedger } from '../src/ports/ledger/work-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { startSession } from './start-session.ts';
import type { StartSessionDeps } from './start-session.ts';

export interface SlotDeps extends StartSessionDeps {
  readonly slots: SlotLedger;
  readonly deployments: Pick<DeploymentLedger, 'listDue'>;
  readonly work: Pick<WorkLedger, 'recordStarted'>;
  readonly engine: Pick<WorkEngine, 'tellGrant' | 'stopSession' | 'startSession' | 'wakeDeployment' | 'expireWork' | 'rejectWork'>;
  readonly logger: Logger;
}

// What one round reads per project and what it tells at most; a round that is cut says so and is followed by another.
// A grant is told again when it is unanswered for this long: its signal was lost with a worker that died.
const BOUNDS = { queueMax: 200, grantsMax: 100, resendMs: 5000 };
const START_AGAIN_MS = 1000;
// For the log; the workflow says it in its own words.
const TIME_IS_UP = 'its deadline has passed';
// Looks that one round asks for at most; which of more it is, is left to chance, so that none is always left out.
const DEPLOYMENTS_MAX = 50;

/**
 * One granting round; tells each item of its grant, each session that it is to stop, and starts the supervision of every agent that was
 * granted without a work item (idempotent by GUID).
 */
export function createSlotActivities(deps: SlotDeps): SlotActivities {
  return {
    grantSlots: async () => {
      const { grants, retire, starts, failedDependents, rejected, expired, ...round } = await deps.slots.grantSlots(BOUNDS);
      await tellGrants(deps, grants);
      await stopRetired(deps, retire);
      await tellEnds(deps.logger, failedDependents, deps.engine.expireWork);
      await tellEnds(deps.logger, rejected, deps.engine.rejectWork);
      await tellEnds(
        deps.logger,
        expired.map((workId) => ({ workId, reason: TIME_IS_UP })),
        (workId) => deps.engine.expireWork(workId, null),
      );
      const isDone = [await wakeDeployments(deps), await startSessions(deps, starts)];
      return isDone.every(Boolean) ? round : soonAgain(round);
    },
  };
}

/** Whom this does not reach a later round tells. */
async function tellGrants(deps: SlotDeps, grants: LedgerRound['grants']): Promise<void> {
  const { engine, logger } = deps;
  await Promise.all(
    grants.map(async ({ workId, unstarted, ...grant }) => {
      try {
        const item = unstarted !== null && briefOf(unstarted) !== null ? unstarted : null;
        // Without a workflow even now the reconciler takes the slot back.
        if ((await engine.tellGrant(workId, grant, item)) === 'told' && item !== null) noteStarted(deps, workId);
      } catch (err) {
        logger.warn({ err, workId, fence: grant.fence }, 'an item could not be told of its grant; it is told again');
      }
    }),
  );
}

/** Not waited for: without it the sweeper starts the workflow again, which changes nothing. */
function noteStarted({ work, logger }: SlotDeps, workId: WorkId): void {
  work.recordStarted(workId).catch((err: unknown) => {
    logger.warn({ err, workId }, 'the ledger was not told that a workflow was started; the sweeper looks after it');
  });
}

/** Whom this does not reach the next round asks again. */
async function stopRetired({ engine, logger }: SlotDeps, retired: LedgerRound['retire']): Promise<void> {
  await Promise.all(
    retired.map(async ({ agentGuid, reason }) => {
      try {
        await engine.stopSession(agentGuid, reason);
      } catch (err) {
        logger.warn({ err, agentGuid }, 'a session could not be asked to stop; it is asked again');
      }
    }),
  );
}

/** Whom this does not reach the reconciler tells. */
async function tellEnds(logger: Logger, ends: LedgerRound['rejected'], tell: (workId: WorkId, reason: string) => Promise<unknown>): Promise<void> {
  await Promise.all(
    ends.map(async ({ workId, reason }) => {
      try {
        await tell(workId, reason);
      } catch (err) {
        logger.warn({ err, workId, reason }, 'an item could not be told that it is not to be done; the reconciler tells it');
      }
    }),
  );
}

/** Deployments for which this round, or what led to it, has changed something. False when there are more; whom this does not reach the reconciler wakes. */
async function wakeDeployments({ deployments, engine, logger }: SlotDeps): Promise<boolean> {
  try {
    const due = await deployments.listDue({ limit: DEPLOYMENTS_MAX });
    await Promise.all(due.map((deployment) => engine.wakeDeployment(deployment)));
    return due.length < DEPLOYMENTS_MAX;
  } catch (err) {
    logger.warn({ err }, 'some deployments were not woken; the reconciler does it');
    return true;
  }
}

/** False when some could not be started: a later round has them again. */
async function startSessions(deps: SlotDeps, guids: readonly AgentGuid[]): Promise<boolean> {
  const { slots, logger } = deps;
  const started = await Promise.all(
    guids.map(async (guid) => {
      try {
        await startSession(deps, guid);
        return guid;
      } catch (err) {
        logger.warn({ err, agentGuid: guid }, 'the session could not be started; it is tried again');
        return null;
      }
    }),
  );
  await slots.recordStarted(started.filter((guid) => guid !== null));
  return !started.includes(null);
}

function soonAgain(round: GrantRound): GrantRound {
  return { ...round, lookAgainInMs: Math.min(round.lookAgainInMs ?? START_AGAIN_MS, START_AGAIN_MS) };
}
