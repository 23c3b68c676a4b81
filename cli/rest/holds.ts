import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { given } from './session.ts';
import type { OpenSession, Session } from './session.ts';

const WISHES = {
  pause: 'Grant nothing new in a project, or anywhere; what runs goes on.',
  drain: 'As pause; besides, agents leave as soon as they are free.',
  resume: 'End a pause or a drain.',
} as const;

interface HoldOptions {
  readonly everything?: true;
  readonly reason?: string;
}

/** `weft pause`, `weft drain`, `weft resume` */
export function addHoldCommands(program: Command, open: OpenSession): void {
  for (const wish of ['pause', 'drain', 'resume'] as const) {
    program
      .command(`${wish} [project]`)
      .description(WISHES[wish])
      .option('--everything', 'all projects')
      .option('--reason <text>', 'why')
      .action(async (id: string | undefined, { everything, reason }: HoldOptions, command: Command) => {
        if ((id === undefined) === (everything === undefined)) command.error('error: name a project, or say --everything');
        const session = open(command);
        const activity = await change(session, { wish, id, body: given({ reason }) });
        session.print(activity, () => [{ of: id ?? 'everything', ...activity }]);
      });
  }
}

interface Wish {
  readonly wish: keyof typeof WISHES;
  readonly id: string | undefined;
  readonly body: Schemas['HoldReasonInput'];
}

function change({ client }: Session, { wish, id, body }: Wish): Promise<Schemas['Activity']> {
  return id === undefined
    ? answerOf(client.POST(`/api/${wish}`, { body }))
    : answerOf(client.POST(`/api/projects/{id}/${wish}`, { params: { path: { id } }, body }));
}
