import { setTimeout as delay } from 'node:timers/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { ApiError } from '../../client/errors.ts';
import { toFields } from './format-table.ts';
import { addPair, addToList, toInteger } from './parse-values.ts';
import { given } from './session.ts';
import type { OpenSession, Session } from './session.ts';
import { submitBatch } from './submit-batch.ts';

const POLL_MS = 1000;

type AgentType = Schemas['AgentTypeInput'];

interface SubmitOptions {
  readonly batch?: string;
  readonly boundary?: string;
  readonly capability?: string;
  readonly priority?: number;
  readonly deadline?: string;
  readonly notBefore?: string;
  readonly dependsOn?: readonly string[];
  readonly onDependencyFailure?: Schemas['OnDependencyFailureInput'];
  readonly preferAgent?: AgentType;
  readonly requireAgent?: AgentType;
  readonly context?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
  readonly wait?: true;
  readonly dryRun?: true;
}

/** `weft submit` */
export function addSubmitCommand(program: Command, open: OpenSession): void {
  program
    .command('submit [description]')
    .description('Submit a work item, or many.')
    .option('--boundary <name>', 'the class of its data')
    .option('--capability <name>', 'what an agent must be able to do')
    .option('--priority <1-10>', '10 is the most urgent (default: 5)', toInteger)
    .option('--deadline <time>', 'when it must have ended, such as 2030-01-31T18:00:00Z')
    .option('--not-before <time>', 'no attempt begins earlier')
    .option('--depends-on <id>', 'no attempt begins before this item has ended; may be repeated', addToList)
    .addOption(new Option('--on-dependency-failure <what>', 'when one of those does not end well (default: fail)').choices(['fail', 'release']))
    .option('--prefer-agent <type>', 'the agent type that is tried first')
    .option('--require-agent <type>', 'the only agent type that may work on it')
    .option('--context <key=value>', 'context for the agent; may be repeated', addPair)
    .option('--idempotency-key <key>', 'the same key and content again give the same item')
    .option('--dry-run', 'say where it would go and why; nothing is submitted')
    .option('--wait', 'wait until it has ended; exit code 0 only if it was completed')
    .option(
      '--batch <file>',
      'submit what is in this file (-: standard input), a JSON array or an object a line; the options above fill in what an item leaves out',
    )
    .action(async (description: string | undefined, options: SubmitOptions, command: Command) => {
      if (options.batch !== undefined) return submitFile(command, open, { description, ...options, batch: options.batch });
      const needs = toNeeds(command, description, options);
      const session = open(command);
      const item = await submit(session, needs, options);
      if ('dryRun' in item) printDryRun(session, item);
      else await printSubmitted(session, item, options);
    });
}

function submitFile(command: Command, open: OpenSession, options: SubmitOptions & { batch: string; description: string | undefined }): Promise<void> {
  const { batch, description, wait, dryRun, idempotencyKey } = options;
  const unfit = Object.entries({ 'a description': description, '--wait': wait, '--dry-run': dryRun }).filter(([, value]) => value !== undefined);
  if (unfit.length > 0) command.error(`error: --batch cannot be combined with ${unfit.map(([name]) => name).join(' or ')}`);
  return submitBatch(command, open, { file: batch, key: idempotencyKey, defaults: toWishes(options) });
}

// Needed unless there is a file.
function toNeeds(command: Command, description: string | undefined, { boundary, capability }: SubmitOptions): Needs {
  if (description === undefined) return command.error("error: missing required argument 'description'");
  if (boundary === undefined) return command.error("error: required option '--boundary <name>' not specified");
  if (capability === undefined) return command.error("error: required option '--capability <name>' not specified");
  return { description, boundary, capability };
}

type Needs = Pick<Schemas['WorkSubmitInput'], 'description' | 'boundary' | 'capability'>;

async function submit({ client, project }: Session, needs: Needs, options: SubmitOptions): Promise<Schemas['WorkSubmitResult'] | Schemas['WorkDryRun']> {
  const { idempotencyKey, dryRun } = options;
  return answerOf(
    client.POST('/api/work', {
      params: { header: given({ 'idempotency-key': idempotencyKey }), query: dryRun === true ? { dryRun: 'true' } : {} },
      body: { ...needs, ...toWishes(options), ...project },
    }),
  );
}

function toWishes({ preferAgent, requireAgent, context, dependsOn, ...options }: SubmitOptions) {
  const { boundary, capability, priority, deadline, notBefore, onDependencyFailure } = options;
  const agents = { preferredAgentType: preferAgent, requiredAgentType: requireAgent };
  const others = { dependsOn: dependsOn === undefined ? undefined : [...dependsOn], onDependencyFailure };
  return given({ boundary, capability, priority, deadline, notBefore, ...agents, ...others, contextData: context });
}

function printDryRun({ print, hint }: Session, item: Schemas['WorkDryRun']): void {
  const { chosen, reason, routing, candidates } = item;
  if (chosen === null) hint(`It would wait: ${reason ?? routing.reason ?? 'nobody can take it now'}.`);
  else if (chosen.kind === 'agent') hint(`It would go to the free agent ${chosen.agentGuid ?? 'there'}.`);
  else hint(`An agent would be started for it on the target "${chosen.targetName ?? chosen.targetId ?? 'there'}".`);
  print(item, () => candidates.map(toCandidateRow));
}

function toCandidateRow({ kind, kept, rule, agentGuid, targetName, targetId }: Schemas['WorkDryRun']['candidates'][number]) {
  return { kind, kept, rule, agent: agentGuid, target: targetName ?? targetId };
}

async function printSubmitted(session: Session, item: Schemas['WorkSubmitResult'], { wait }: SubmitOptions): Promise<void> {
  const { id, status, targetAgentType, spinUpTriggered, routing } = item;
  if (routing.reason !== undefined) session.hint(`Nobody starts on it yet: ${routing.reason}.`);
  if (wait === true) return printEnd(session, id);
  session.print(item, () => [{ id, status, agent: targetAgentType, starting: spinUpTriggered }]);
}

async function printEnd(session: Session, id: string): Promise<void> {
  session.hint(`Waiting for ${id}. Ctrl-C stops the waiting, not the work.`);
  const ended = await waitForEnd(session, id);
  session.print(ended, () => toFields(ended));
  if (ended.status !== 'completed') {
    throw new ApiError('WORK_NOT_COMPLETED', `Work item ${ended.id} has ended as ${ended.phase}: ${ended.reason ?? 'no reason is known'}.`);
  }
}

async function waitForEnd({ client, signal }: Session, id: string): Promise<Schemas['WorkItem']> {
  for (;;) {
    const item = await answerOf(client.GET('/api/work/{id}', { params: { path: { id } } }));
    if (['completed', 'failed', 'cancelled'].includes(item.status)) return item;
    await delay(POLL_MS, undefined, { signal }).catch(() => {
      throw new ApiError('INTERRUPTED', `No longer waiting; look at it with: weft work show ${id}`);
    });
  }
}
