import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { formatTable, toFields } from './format-table.ts';
import { toInteger, toList } from './parse-values.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';

interface CreateOptions {
  readonly name: string;
  readonly targets: readonly string[];
  readonly replicas?: number;
  readonly task?: Schemas['DeploymentCreateInput']['task'];
  readonly placement?: Schemas['DeploymentCreateInput']['placement'];
  readonly restart?: Schemas['DeploymentCreateInput']['restartPolicy'];
  readonly capabilities?: readonly string[];
  readonly boundaries?: readonly string[];
  readonly description?: string;
  readonly paused?: true;
}

/** `weft deployments …` */
export function addDeploymentCommands(program: Command, open: OpenSession): void {
  const deployments = program
    .command('deployments')
    .description('Agents that are kept running: list, get, create, scale, pause, resume, restart, drain, delete, events.');
  addList(deployments, open);
  addGet(deployments, open);
  addCreate(deployments, open);
  addScale(deployments, open);
  for (const action of SWITCHES) addSwitch(deployments, open, action);
  addDelete(deployments, open);
  addEvents(deployments, open);
}

function addList(deployments: Command, open: OpenSession): void {
  deployments
    .command('list')
    .description('List deployments in order of name.')
    .option('--limit <n>', 'how many', toInteger)
    .option('--cursor <cursor>', 'continue a list')
    .action(async ({ limit, cursor }: { limit?: number; cursor?: string }, command: Command) => {
      const { client, project, print, hint } = open(command);
      const page = await answerOf(client.GET('/api/deployments', { params: { query: { ...project, ...given({ limit, cursor }) } } }));
      print(page, () => page.deployments.map(toRow));
      if (page.nextCursor !== null) hint(`There is more: --cursor ${page.nextCursor}`);
    });
}

function toRow({ id, name, status, spec }: Schemas['Deployment']) {
  const { phase, ready, desired, starting, draining, restarts } = status;
  return { id, name, phase, ready: `${String(ready)}/${String(desired)}`, starting, draining, restarts, targets: spec.targets };
}

function addGet(deployments: Command, open: OpenSession): void {
  deployments
    .command('get <deployment>')
    .alias('show')
    .description('Show a deployment, by id or name, with its replicas.')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, project, printText } = open(command);
      const found = await answerOf(client.GET('/api/deployments/{id}', { params: { path: { id }, query: project } }));
      const { replicas, conditions, ...rest } = found;
      printText(found, () => [toFields(rest), conditions, replicas.map(toReplicaRow)].map(formatTable).join('\n'));
    });
}

function toReplicaRow({ index, state, agentGuid, targetName, restarts, failures, lastEnd }: Schemas['DeploymentReplica']) {
  return { replica: index, state, agent: agentGuid, target: targetName, restarts, failures, 'last end': lastEnd };
}

function addCreate(deployments: Command, open: OpenSession): void {
  deployments
    .command('create')
    .description('Keep so many agents running on these targets.')
    .requiredOption('--name <name>', 'unique in the project')
    .requiredOption('--targets <a,b>', 'where, by id or name, the preferred one first', toList)
    .option('--replicas <n>', 'how many (default: 1)', toInteger)
    .option('--task <task>', "serve: free agents for work items (the default); command: each runs its target's command")
    .option('--placement <how>', 'spread (the default) or in-order')
    .option('--restart <policy>', 'always (the default), on-failure or never')
    .option('--capabilities <a,b>', 'use only targets that offer these', toList)
    .option('--boundaries <a,b>', 'use only targets that may serve these', toList)
    .option('--description <text>', 'for people')
    .option('--paused', 'start nothing before it is resumed')
    .action(async (options: CreateOptions, command: Command) => {
      const { client, project, print } = open(command);
      const created = await answerOf(client.POST('/api/deployments', { body: { ...toBody(options), ...project } }));
      print(created, () => [toRow(created)]);
    });
}

function toBody({ name, targets, restart, capabilities, boundaries, ...rest }: CreateOptions): Schemas['DeploymentCreateInput'] {
  const needs = given({ capabilities: copy(capabilities), boundaries: copy(boundaries) });
  return { name, targets: [...targets], ...given({ ...rest, restartPolicy: restart }), ...(Object.keys(needs).length === 0 ? {} : { needs }) };
}

function copy(list: readonly string[] | undefined): string[] | undefined {
  return list === undefined ? undefined : [...list];
}

function addScale(deployments: Command, open: OpenSession): void {
  deployments
    .command('scale <deployment>')
    .description('Say how many replicas it has; an agent that works leaves when its item has ended.')
    .requiredOption('--replicas <n>', 'how many', toInteger)
    .action(async (id: string, { replicas }: { replicas: number }, command: Command) => {
      const { client, project, print } = open(command);
      const params = { path: { id }, query: project };
      const scaled = await answerOf(client.POST('/api/deployments/{id}/scale', { params, body: { replicas } }));
      print(scaled, () => [toRow(scaled)]);
    });
}

interface Switch {
  readonly name: string;
  readonly path: `/api/deployments/{id}/${'pause' | 'resume' | 'restart' | 'drain'}`;
  readonly description: string;
}

const SWITCHES: readonly Switch[] = [
  { name: 'pause', path: '/api/deployments/{id}/pause', description: 'Start nothing more; what runs goes on.' },
  { name: 'resume', path: '/api/deployments/{id}/resume', description: 'Go on after a pause or a drain.' },
  { name: 'restart', path: '/api/deployments/{id}/restart', description: 'Replace every replica, one at a time.' },
  { name: 'drain', path: '/api/deployments/{id}/drain', description: 'Let all its agents leave, and start none until it is resumed.' },
];

function addSwitch(deployments: Command, open: OpenSession, { name, path, description }: Switch): void {
  deployments
    .command(`${name} <deployment>`)
    .description(description)
    .action(async (id: string, _options: object, command: Command) => {
      const { client, project, print } = open(command);
      const switched = await answerOf(client.POST(path, { params: { path: { id }, query: project } }));
      print(switched, () => [toRow(switched)]);
    });
}

function addDelete(deployments: Command, open: OpenSession): void {
  deployments
    .command('delete <deployment>')
    .alias('rm')
    .description('Drain it, and remove it when its last agent is gone.')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, project, print } = open(command);
      const removed = await answerOf(client.DELETE('/api/deployments/{id}', { params: { path: { id }, query: project } }));
      print(removed, () => [toRow(removed)]);
    });
}

function addEvents(deployments: Command, open: OpenSession): void {
  deployments
    .command('events <deployment>')
    .description('What happened to it and its replicas, in order.')
    .option('--after <seq>', 'only what came after this', toInteger)
    .action(async (id: string, { after }: { after?: number }, command: Command) => {
      const { client, project, print, hint } = open(command);
      const params = { path: { id }, query: { ...project, ...given({ afterSeq: after }) } };
      const page = await answerOf(client.GET('/api/deployments/{id}/events', { params }));
      print(page, () => page.events.map(({ seq, timestamp, type, data }) => ({ seq, time: timestamp, event: type, data })));
      if (page.hasMore) hint(`There is more: --after ${String(page.nextAfterSeq)}`);
    });
}
