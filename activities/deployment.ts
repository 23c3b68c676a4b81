import type { Logger } from 'pino';
import type { DeploymentActivities } from '../src/contract/activities.ts';
import type { AgentGuid } from '../src/domain/ids.ts';
import type { DeploymentLedger } from '../src/ports/ledger/deployment-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';

export interface DeploymentDeps {
  readonly deployments: Pick<DeploymentLedger, 'keep'>;
  readonly engine: Pick<WorkEngine, 'stopSession' | 'wakeCoordinator'>;
  readonly logger: Logger;
  /** How long an agent of a deployment may take to register. */
  readonly registerTimeoutMs: number;
}

const TELL_AGAIN_MS = 5000;

/** One look at a deployment, and telling others what it has written. */
export function createDeploymentActivities({ deployments, engine, logger, registerTimeoutMs }: DeploymentDeps): DeploymentActivities {
  return {
    keepDeployment: async ({ deploymentId }) => {
      const round = await deployments.keep(deploymentId, { startTimeoutMs: registerTimeoutMs });
      const calls = round.stop.map(({ guid, reason }) => engine.stopSession(guid, reason));
      const told = await Promise.allSettled([...calls, ...(round.hasStarts ? [engine.wakeCoordinator()] : [])]);
      const untold = told.filter(({ status }) => status === 'rejected').length;
      if (untold > 0) logger.warn({ deploymentId, untold }, 'not everybody could be told what a deployment wants; they are told again');
      const { removed, summary, lookAgainInMs } = round;
      return { removed, summary, lookAgainInMs: untold === 0 ? lookAgainInMs : Math.min(lookAgainInMs ?? TELL_AGAIN_MS, TELL_AGAIN_MS) };
    },
  };
}

export interface OwnerDeps {
  readonly deployments: Pick<DeploymentLedger, 'ownerOf'>;
  readonly engine: Pick<WorkEngine, 'wakeDeployment'>;
}

/** Something has changed with an agent: its deployment, if it has one, looks. Never throws: a wake that is lost only delays. */
export async function wakeOwner({ deployments, engine }: OwnerDeps, guid: AgentGuid): Promise<void> {
  try {
    const owner = await deployments.ownerOf(guid);
    if (owner !== null) await engine.wakeDeployment(owner);
  } catch {
    // The reconciler finds what has changed and wakes it.
  }
}
