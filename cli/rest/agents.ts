import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { toFields } from './format-table.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';

interface ListOptions {
  readonly type?: string;
  readonly status?: Schemas['AgentStatusInput'];
  readonly capability?: string;
}

/** `weft agents …` */
export function addAgentCommands(program: Command, open: OpenSession): void {
  const agents = program.command('agents').description('Agents: list, show.');
  agents
    .command('list')
    .description('List the agents that are known.')
    .option('--type <agent type>', 'only those of this type')
    .option('--status <status>', 'only those with this status')
    .option('--capability <name>', 'only those that can do this')
    .action(async ({ type, status, capability }: ListOptions, command: Command) => {
      const { client, project, print } = open(command);
      const page = await answerOf(client.GET('/api/agents', { params: { query: { ...project, ...given({ type, status, capability }) } } }));
      print(page, () => page.agents.map(toRow));
    });
  agents
    .command('show <guid>')
    .description('Show an agent.')
    .action(async (guid: string, _options: object, command: Command) => {
      const { client, print } = open(command);
      const agent = await answerOf(client.GET('/api/agents/{guid}', { params: { path: { guid } } }));
      print(agent, () => toFields(agent));
    });
}

function toRow({ guid, handle, agentType, status, capabilities, hostname, currentTaskCount }: Schemas['Agent']) {
  return { guid, handle, type: agentType, status, capabilities, host: hostname, tasks: currentTaskCount };
}
