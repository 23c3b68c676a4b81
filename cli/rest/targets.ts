import { Option } from 'commander';
import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { ApiError } from '../../client/errors.ts';
import { TargetStatus } from '../../src/domain/targets/target.ts';
import { toFields } from './format-table.ts';
import { toInteger, toList, toObject } from './parse-values.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';
import { addDisable, addDrain, addEnable } from './switch-targets.ts';

interface AddOptions {
  readonly name: string;
  readonly type: Schemas['AgentTypeInput'];
  readonly mechanism: Schemas['MechanismNameInput'];
  readonly capabilities: readonly string[];
  readonly boundaries?: readonly string[];
  readonly description?: string;
  readonly agentsMax?: number;
  readonly config?: Record<string, unknown>;
  readonly command?: string;
  readonly host?: string;
  readonly user?: string;
  readonly repo?: string;
  readonly workflow?: string;
  readonly url?: string;
}

/** `weft targets …` */
export function addTargetCommands(program: Command, open: OpenSession): void {
  const targets = program.command('targets').description('Targets: list, show, add, test, enable, disable, spin-up, rm.');
  addList(targets, open);
  addShow(targets, open);
  addAdd(targets, open);
  addTest(targets, open);
  addEnable(targets, open);
  addDisable(targets, open);
  addDrain(targets, open);
  addSpinUp(targets, open);
  addRemove(targets, open);
}

function addList(targets: Command, open: OpenSession): void {
  targets
    .command('list')
    .description('List targets in order of name.')
    .addOption(new Option('--status <status>', 'only those').choices(TargetStatus.options))
    .option('--limit <n>', 'how many', toInteger)
    .option('--cursor <cursor>', 'continue a list')
    .action(async ({ status, limit, cursor }: { status?: TargetStatus; limit?: number; cursor?: string }, command: Command) => {
      const { client, project, print, hint } = open(command);
      const page = await answerOf(client.GET('/api/targets', { params: { query: { ...project, ...given({ status, limit, cursor }) } } }));
      print(page, () => page.targets.map(toRow));
      if (page.nextCursor !== null) hint(`There is more: --cursor ${page.nextCursor}`);
    });
}

function toRow({ id, name, agentType, mechanism, status, healthStatus, breaker, capabilities }: Schemas['Target']) {
  return { id, name, type: agentType, mechanism, status, health: healthStatus, breaker: breaker.state, capabilities };
}

function addShow(targets: Command, open: OpenSession): void {
  targets
    .command('show <target>')
    .description('Show a target, by id or name.')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, project, print } = open(command);
      const target = await answerOf(client.GET('/api/targets/{id}', { params: { path: { id }, query: project } }));
      print(target, () => toFields(target));
    });
}

function addAdd(targets: Command, open: OpenSession): void {
  targets
    .command('add')
    .description('Register a target.')
    .requiredOption('--name <name>', 'unique in the project')
    .requiredOption('--type <agent type>', 'what runs there: claude-code, copilot-cli')
    .requiredOption('--mechanism <name>', 'how it is started: local, ssh, kubernetes, webhook, github-actions')
    .requiredOption('--capabilities <a,b>', 'what its agents can do', toList)
    .option('--boundaries <a,b>', 'which boundaries it may serve', toList)
    .option('--description <text>', 'for people')
    .option('--agents-max <n>', 'how many agents at once', toInteger)
    .option('--command <command>', 'for local and ssh: what is run')
    .option('--host <host>', 'for ssh')
    .option('--user <user>', 'for ssh')
    .option('--repo <owner/name>', 'for github-actions')
    .option('--workflow <file>', 'for github-actions')
    .option('--url <url>', 'for webhook')
    .option('--config <json>', 'all of the configuration, for everything else', toObject)
    .action(async (options: AddOptions, command: Command) => {
      const { client, project, print } = open(command);
      const target = await answerOf(client.POST('/api/targets', { body: { ...toRegistration(options), ...project } }));
      print(target, () => [toRow(target)]);
    });
}

function toRegistration(options: AddOptions): Schemas['TargetRegistrationInput'] {
  const { name, type, mechanism, capabilities, boundaries, description, agentsMax } = options;
  const { config = {}, command, host, user, repo, workflow, url } = options;
  return {
    ...{ name, agentType: type, mechanism, capabilities: [...capabilities] },
    ...given({ description, boundaries: boundaries === undefined ? undefined : [...boundaries] }),
    ...(agentsMax === undefined ? {} : { limits: { agentsMax } }),
    config: { mechanism, ...given({ command, host, user, repo, workflowFile: workflow, url }), ...config },
  };
}

function addTest(targets: Command, open: OpenSession): void {
  targets
    .command('test <target>')
    .description('Look whether an agent could be started there now; exit code 1 if not.')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, project, print } = open(command);
      const result = await answerOf(client.POST('/api/targets/{id}/test', { params: { path: { id }, query: project } }));
      print(result, () => toFields(result));
      if (!result.healthy) throw new ApiError('TARGET_UNHEALTHY', `No agent could be started on ${result.targetName}: ${result.error ?? 'no reason is known'}`);
    });
}

function addSpinUp(targets: Command, open: OpenSession): void {
  targets
    .command('spin-up <target>')
    .description('Start an agent there now.')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, project, print } = open(command);
      const answer = await answerOf(client.POST('/api/targets/{id}/spin-up', { params: { path: { id }, query: project } }));
      print(answer, () => toFields(answer));
    });
}

function addRemove(targets: Command, open: OpenSession): void {
  targets
    .command('rm <target>')
    .alias('remove')
    .description('Remove a target; agents that run there go on.')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, project, print } = open(command);
      const answer = await answerOf(client.DELETE('/api/targets/{id}', { params: { path: { id }, query: project } }));
      print(answer, () => [{ target: id, message: answer.message }]);
    });
}
