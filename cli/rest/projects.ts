import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { OpenSession } from './session.ts';

/** `weft projects` */
export function addProjectsCommand(program: Command, open: OpenSession): void {
  program
    .command('projects')
    .description('List the projects.')
    .action(async (_options: object, command: Command) => {
      const { client, print } = open(command);
      const page = await answerOf(client.GET('/api/projects', {}));
      print(page, () =>
        page.projects.map(({ id, description, activity, slotsHeld, updatedAt }) => ({
          id,
          description,
          state: activity.state,
          slots: slotsHeld,
          updated: updatedAt,
        })),
      );
    });
}
