import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkId } from '../../src/domain/ids.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import { createClient } from './client.ts';
import type { WeftClient } from './client.ts';
import type { CaseContext, DemoCase } from './demo-case.ts';
import { describeEvent } from './describe-event.ts';
import { expectThat, UnmetExpectation } from './expectation.ts';
import { followItem } from './follow.ts';
import type { Report, Row } from './report.ts';
import type { Stack } from './stack.ts';

export interface Stage {
  readonly stack: Stack;
  readonly directory: string;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Plays one case to its end; never throws for what the case found, only when the demo is interrupted. */
export async function runCase(demoCase: DemoCase, stage: Stage): Promise<Row> {
  const { name, expected } = demoCase;
  const startedAt = performance.now();
  const client = createClient(stage.stack.api, stage.signal);
  const submitted: WorkId[] = [];
  const context = createContext(demoCase, { ...stage, client, submitted });
  const toRow = (ok: boolean, item: WorkItem | null, detail: string): Row => ({
    name,
    ok,
    workId: submitted[0] ?? null,
    outcome: item?.phase ?? 'unknown',
    attempts: item?.attempts ?? 0,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    link: item === null ? null : stage.stack.linkTo(item.workflowId),
    detail,
  });
  try {
    const { item, detail } = await demoCase.run(context);
    expectThat(item.phase === expected, { expected: `the item to end as ${expected}`, seen: `${item.phase}: ${item.reason ?? ''}` });
    context.say(`as it must be: ${detail}`);
    return toRow(true, item, detail);
  } catch (error) {
    stage.signal.throwIfAborted();
    const detail = messageOf(error);
    context.say(`NOT as it must be: ${detail}`);
    return toRow(false, await lastSeen(client, submitted[0]), detail);
  }
}

function createContext(demoCase: DemoCase, stage: Stage & { client: WeftClient; submitted: WorkId[] }): CaseContext {
  const { name, title } = demoCase;
  const { stack, report, signal, client, submitted } = stage;
  const directory = join(stage.directory, name);
  mkdirSync(directory);
  return {
    client,
    stack,
    signal,
    directory,
    say: (text) => {
      for (const line of text.split('\n')) report.line(name, '·', line);
    },
    registerTarget: async (config, agentsMax = 2) => {
      // Whatever a harness starts can be told to be of this stage.
      const env = { WEFT_DEMO_STAGE: stage.directory };
      const where = { mechanism: 'local', config: { mechanism: 'local', ...config, env }, limits: { agentsMax } } as const;
      await client.registerTarget({ name, agentType: 'claude-code', capabilities: [name], ...where });
    },
    submit: async (description, limits = {}) => {
      const item = await client.submit({ taskId: title, capability: name, boundary: 'open-source', description, limits });
      const about = submitted.length === 0 ? name : `${name}/${String(submitted.length + 1)}`;
      submitted.push(item.id);
      report.line(about, '·', stack.linkTo(item.workflowId));
      return followItem(item.id, {
        client,
        signal,
        onEvent: (event) => {
          report.line(about, event.type, describeEvent(event));
        },
      });
    },
  };
}

async function lastSeen(client: WeftClient, workId: WorkId | undefined): Promise<WorkItem | null> {
  return workId === undefined ? null : client.find(workId).catch(() => null);
}

function messageOf(error: unknown): string {
  if (error instanceof UnmetExpectation) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
