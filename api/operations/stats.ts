import { createHash } from 'node:crypto';
import type { Agent } from '../../src/domain/agents/agent.ts';
import type { ProjectId } from '../../src/domain/ids.ts';
import { toStats } from '../../src/domain/stats/stats.ts';
import type { ProjectCounts, Stats } from '../../src/domain/stats/stats.ts';
import type { StatsLedger } from '../../src/ports/ledger/stats-ledger.ts';
import { listAgents } from './agents.ts';
import type { AgentSources } from './agents.ts';
import { shareFor } from './share-for.ts';

/** The counts of the projects that `isWanted` says yes to; asking often costs nothing, because answers are a second old. */
export type StatsReader = (isWanted: (projectId: ProjectId) => boolean) => Promise<Stats>;

export interface StatsSources extends AgentSources {
  readonly stats: StatsLedger;
}

const COUNTED_FOR_MS = 1000;

export function createStatsReader(sources: StatsSources): StatsReader {
  const count = shareFor(COUNTED_FOR_MS, (): Promise<[readonly ProjectCounts[], readonly Agent[]]> =>
    Promise.all([sources.stats.readCounts(), listAgents(sources)]),
  );
  return async (isWanted) => {
    const [counts, agents] = await count();
    return toStats(
      counts.filter(({ projectId }) => isWanted(projectId)),
      agents.filter(({ projectId }) => isWanted(projectId)),
    );
  };
}

/** The strong entity tag of what an answer says, its time of day left out. */
export function md5TagOf(data: object): string {
  return `"${createHash('md5').update(JSON.stringify(data)).digest('hex')}"`;
}
