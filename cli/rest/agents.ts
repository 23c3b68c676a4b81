import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { toFields } from './format-table.ts';
import { toInteger } from './parse-values.ts';
import { printBatch } from './print-batch.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';
import { toSelection } from './to-selection.ts';

interface ListOptions {
  readonly type?: string;
  readonly status?: Schemas['AgentStatusInput'];
  readonly capability?: string;
}

interface ShutdownOptions {
  readonly all?: true;
  readonly type?: string;
  readonly status?: Schemas['AgentBatchFilterInput']['status'];
  readonly capability?: string;
  readonly boundary?: string;
  readonly idle?: number;
  readonly grace?: number;
  readonly reason?: string;
}

/** `weft agents …` */
export function addAgentCommands(program: Command, open: OpenSession): void {
  const agents = program.command('agents').description('Agents: list, show, shutdown.');
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
  addShutdown(agents, open);
}

function addShutdown(agents: Command, open: OpenSession): void {
  agents
    .command('shutdown [guids...]')
    .description('Ask agents to stop, up to 1,000 at once; what they work on goes on elsewhere.')
    .option('--all', 'all that are not offline')
    .option('--type <agent type>', 'only those of this type')
    .option('--status <status>', 'only those with this status; idle: online, with nothing to do')
    .option('--capability <name>', 'only those that can do this')
    .option('--boundary <name>', 'only those that may work for this boundary')
    .option('--idle <ms>', 'only those that have done nothing for so long', toInteger)
    .option('--grace <ms>', 'how long one that Weft started may take before it is killed', toInteger)
    .option('--reason <text>', 'why; of many: manual, scaling-down, maintenance, error')
    .action(async (guids: readonly string[], { all, grace, reason, ...filter }: ShutdownOptions, command: Command) => {
      const { filter: chosen, named } = toSelection(command, { named: guids, all, filter: toFilter(filter) });
      const session = open(command);
      const [guid] = guids;
      if (guid !== undefined && guids.length === 1 && chosen === undefined) {
        const body = given({ gracePeriodMs: grace, reason });
        const answer = await answerOf(session.client.POST('/api/agents/{guid}/shutdown', { params: { path: { guid } }, body }));
        session.print(answer, () => [{ guid, message: answer.message }]);
        return;
      }
      const batchReason = reason as Schemas['AgentBatchShutdownInput']['reason']; // the server's to judge
      const body = { ...session.project, ...given({ filter: chosen, agentGuids: named, gracePeriodMs: grace, reason: batchReason }) };
      printBatch(session, await answerOf(session.client.POST('/api/agents/shutdown-batch', { body })));
    });
}

function toFilter({ type, status, capability, boundary, idle }: ShutdownOptions): Schemas['AgentBatchFilterInput'] {
  return given({ agentType: type, status, capability, boundary, idleTimeMs: idle });
}

function toRow({ guid, handle, agentType, status, capabilities, hostname, currentTaskCount }: Schemas['Agent']) {
  return { guid, handle, type: agentType, status, capabilities, host: hostname, tasks: currentTaskCount };
}
