import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import type { ApiError } from '../../client/errors.ts';
import { printBatch } from './print-batch.ts';
import { given } from './session.ts';
import type { OpenSession, Session } from './session.ts';
import { toSelection } from './to-selection.ts';

interface DisableOptions {
  readonly all?: true;
  readonly type?: Schemas['AgentTypeInput'];
  readonly mechanism?: Schemas['MechanismNameInput'];
  readonly reason?: string;
}

/** `weft targets enable` */
export function addEnable(targets: Command, open: OpenSession): void {
  targets
    .command('enable <targets...>')
    .description('Let agents be started there.')
    .action(async (names: readonly string[], _options: object, command: Command) => {
      const session = open(command);
      const [id] = names;
      if (id !== undefined && names.length === 1) {
        const answer = await enable(session, id);
        session.print(answer, () => [{ target: id, message: answer.message }]);
        return;
      }
      printBatch(session, await enableEach(session, names));
    });
}

function enable({ client, project }: Session, id: string): Promise<Schemas['TargetDone']> {
  return answerOf(client.POST('/api/targets/{id}/enable', { params: { path: { id }, query: project } }));
}

/** One after the other, as there is no call for many. One that is refused does not stop the others; a server that is away does. */
async function enableEach(session: Session, names: readonly string[]) {
  const success: string[] = [];
  const errors: Record<string, string> = {};
  for (const name of new Set(names)) {
    try {
      await enable(session, name);
      success.push(name);
    } catch (error) {
      const { status, message } = error as ApiError; // all that the client throws
      if (status < 400 || status >= 500) throw error;
      errors[name] = message;
    }
  }
  return { success, failed: Object.keys(errors), errors };
}

/** `weft targets drain` */
export function addDrain(targets: Command, open: OpenSession): void {
  targets
    .command('drain <target>')
    .description('Start nothing there any more; agents that run there leave as soon as they are free. `enable` ends it.')
    .option('--reason <text>', 'why')
    .action(async (id: string, { reason }: { reason?: string }, command: Command) => {
      const { client, project, print } = open(command);
      const answer = await answerOf(client.POST('/api/targets/{id}/drain', { params: { path: { id }, query: project }, body: given({ reason }) }));
      print(answer, () => [{ target: id, message: answer.message }]);
    });
}

/** `weft targets disable` */
export function addDisable(targets: Command, open: OpenSession): void {
  targets
    .command('disable [targets...]')
    .description('Start nothing there any more; agents that run there go on.')
    .option('--all', 'all targets of the project')
    .option('--type <agent type>', 'all those of this type')
    .option('--mechanism <name>', 'all those with this mechanism')
    .option('--reason <text>', 'why')
    .action(async (names: readonly string[], { all, type, mechanism, reason }: DisableOptions, command: Command) => {
      const { filter, named } = toSelection(command, { named: names, all, filter: given({ agentType: type, mechanism }) });
      if (named !== undefined && filter !== undefined) command.error('error: targets are chosen by name or by a filter, not by both');
      const session = open(command);
      const [id] = names;
      if (id !== undefined && names.length === 1) {
        const params = { path: { id }, query: session.project };
        const answer = await answerOf(session.client.POST('/api/targets/{id}/disable', { params, body: given({ reason }) }));
        session.print(answer, () => [{ target: id, message: answer.message }]);
        return;
      }
      const body = { ...session.project, ...given({ filter, targetIds: named, reason }) };
      printBatch(session, await answerOf(session.client.POST('/api/targets/disable-batch', { body })));
    });
}
