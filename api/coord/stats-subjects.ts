import { z } from 'zod';
import { COORD_GLOBAL } from '../../src/domain/ids.ts';
import { createStatsReader } from '../operations/stats.ts';
import type { StatsReader } from '../operations/stats.ts';
import { coordSubject, valueOf } from './coord-subject.ts';
import type { CoordReply, CoordSubjects } from './coord-subject.ts';

const Nothing = z.object({});

/** `coord.<project>.stats`, `coord.global.stats` and `coord.global.projects` */
export const statsSubjects: CoordSubjects = (deps) => {
  const readStats = createStatsReader(deps);
  return [
    coordSubject('*.stats', Nothing, (_payload, { projectId }) => (projectId === COORD_GLOBAL ? ofAll(readStats) : ofOne(readStats, projectId))),
    coordSubject(`${COORD_GLOBAL}.projects`, Nothing, async () => valueOf({ projects: Object.keys((await readStats(() => true)).byProject) })),
  ];
};

async function ofAll(readStats: StatsReader): Promise<CoordReply> {
  return valueOf(await readStats(() => true));
}

async function ofOne(readStats: StatsReader, projectId: string): Promise<CoordReply> {
  const { pending, active, completed, failed, total } = await readStats((one) => one === projectId);
  return valueOf({ pending, active, completed, failed, total });
}
