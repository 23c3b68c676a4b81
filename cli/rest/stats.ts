import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import type { OpenSession } from './session.ts';

/** `weft stats` */
export function addStatsCommand(program: Command, open: OpenSession): void {
  program
    .command('stats')
    .description('Count agents, work items and targets.')
    .action(async (_options: object, command: Command) => {
      const { client, project, print } = open(command);
      const stats = await answerOf(client.GET('/api/stats', { params: { query: project } }));
      print(stats, () => toRows(stats));
    });
}

function toRows({ agents, work, targets, totalProjects, activity }: Schemas['StatsAnswer']) {
  const { total, ...rest } = targets;
  const groups = { agents: agents.byStatus, work, targets: rest };
  const counts = Object.entries(groups).flatMap(([of, group]) => Object.entries(group).map(([state, count]) => ({ of, state, count })));
  return [
    ...counts,
    { of: 'targets', state: 'total', count: total },
    { of: 'projects', state: 'total', count: totalProjects },
    { of: 'everything', state: activity.state },
  ];
}
