import type { Logger } from 'pino';
import type { Report } from '../src/domain/agents/report.ts';
import { seqOfWord } from '../src/domain/agents/warp-word.ts';
import type { WarpWord } from '../src/domain/agents/warp-word.ts';
import type { ReportDisposal } from '../src/ports/agent-inbox.ts';
import type { AgentRegistry } from '../src/ports/agent-registry.ts';
import type { ForeignLedger, WordVerdict } from '../src/ports/ledger/foreign-ledger.ts';
import type { WarpAgents } from '../src/ports/warp-agents.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { pause } from './pause.ts';

export interface WarpHeederDeps {
  readonly registry: Pick<AgentRegistry, 'list'>;
  readonly warp: WarpAgents;
  readonly foreign: Pick<ForeignLedger, 'heedWord'>;
  readonly engine: Pick<WorkEngine, 'wakeCoordinator'>;
  readonly takeReport: (report: Report) => Promise<ReportDisposal>;
  readonly logger: Logger;
  readonly lookIntervalMs: number;
}

// As often as agents of Warp say that they live.
const ENTRY_EVERY_MS = 60_000;

/** Listens to agents that know Warp's tools only, from when the first of them registers; until `signal` aborts. */
export async function heedWarp(deps: WarpHeederDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !deps.registry.list().some(({ protocol }) => protocol === 'warp')) await pause(deps.lookIntervalMs, signal);
  if (signal.aborted) return;
  await Promise.all([deps.warp.readWords((word) => heed(deps, word), signal), keepEntry(deps, signal)]);
}

async function keepEntry({ warp, logger, lookIntervalMs }: WarpHeederDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isKept = await warp.keepEntry().then(
      () => true,
      (err: unknown) => {
        logger.debug({ err }, 'the entry of the coordinator could not be written');
        return false;
      },
    );
    await pause(isKept ? ENTRY_EVERY_MS : lookIntervalMs, signal);
  }
}

/** A word of the agent that has the item is a report like any other; anybody else is told that it is not theirs. */
async function heed(deps: WarpHeederDeps, word: WarpWord): Promise<ReportDisposal> {
  const { foreign, warp, engine, logger } = deps;
  try {
    const verdict = await foreign.heedWord(word);
    switch (verdict.kind) {
      case 'heeded':
        return await deps.takeReport(toReport(word, verdict));
      case 'refused':
        if (verdict.nowAtRest) await engine.wakeCoordinator();
        if (word.said.kind === 'claimed') await warp.reject({ guid: word.sender, workId: verdict.workId, fence: word.fence }, 'the item is not yours');
        return 'taken';
      case 'unknown':
        return 'taken';
    }
  } catch (err) {
    logger.warn({ err, agentGuid: word.sender, workId: word.workId }, 'a word of an agent must wait');
    return 'retry';
  }
}

function toReport(word: WarpWord, { projectId, workId, fence, runToken }: Extract<WordVerdict, { kind: 'heeded' }>): Report {
  return { ...word.said, projectId, workId, fence, runToken, guid: word.sender, seq: seqOfWord(word), sentAt: new Date().toISOString() };
}
