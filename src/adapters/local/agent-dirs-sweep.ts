import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { agentDirOf } from './agent-dir.ts';
import type { AgentDir } from './agent-dir.ts';
import { isClaimHeld } from './claim.ts';
import { isErrno } from './errno.ts';
import { readLastGate } from './gate.ts';
import { readHandle } from './handle-file.ts';
import { boundOutput, OUTPUT_BYTES_MAX } from './output-file.ts';
import type { ProcessFacts, ProcessTable } from './process-facts.ts';
import { createProcessTable } from './process-table.ts';

export interface PruneOptions {
  readonly agentsDir: string;
  /** Directories of agents that are gone, beyond the newest so many, are removed. Default 200. */
  readonly keepNewest?: number;
  /** Older ones are removed in any case. Default 7 days. */
  readonly olderThanMs?: number;
  /** Size above which the output file of a living agent is cut. Default 8 MiB. */
  readonly outputBytesMax?: number;
  readonly nowMs?: number;
}

// A tombstone must outlive every start that could still come: spin-ups end within minutes.
const YOUNGEST_REMOVED_MS = 3_600_000;

interface AgedDir {
  readonly guid: string;
  readonly dir: AgentDir;
  readonly changedAtMs: number;
}

const DEFAULTS = { keepNewest: 200, olderThanMs: 604_800_000, outputBytesMax: OUTPUT_BYTES_MAX };

/** Removes directories of agents that are gone, and bounds the output of those that live. Returns how many were removed. */
export async function pruneAgentDirs(options: PruneOptions): Promise<number> {
  const { agentsDir, keepNewest, olderThanMs, outputBytesMax } = { ...DEFAULTS, ...options };
  const nowMs = options.nowMs ?? Date.now();
  const newestFirst = (await listDirs(resolve(agentsDir))).sort((a, b) => b.changedAtMs - a.changedAtMs);
  for (const { dir } of newestFirst) for (const path of [dir.stdout, dir.stderr]) await boundOutput(path, outputBytesMax);
  const spare = newestFirst.filter(({ changedAtMs }, index) => {
    const ageMs = nowMs - changedAtMs;
    return ageMs >= olderThanMs || (index >= keepNewest && ageMs >= YOUNGEST_REMOVED_MS);
  });
  const { unused } = await splitByUse(spare);
  for (const { dir } of unused) await rm(dir.path, { recursive: true, force: true });
  return unused.length;
}

/** Prunes now and then every `intervalMs`, never twice at once, until closed. */
export function keepAgentDirsBounded(options: PruneOptions & { intervalMs: number; onError: (error: unknown) => void }): { close: () => Promise<void> } {
  const closing = new AbortController();
  const ended = pruneUntil(closing.signal, options);
  return {
    close: async () => {
      closing.abort();
      await ended;
    },
  };
}

async function pruneUntil(closing: AbortSignal, options: PruneOptions & { intervalMs: number; onError: (error: unknown) => void }): Promise<void> {
  while (!closing.aborted) {
    await pruneAgentDirs(options).catch(options.onError);
    await delay(options.intervalMs, undefined, { signal: closing, ref: false }).catch(() => undefined);
  }
}

async function listDirs(agentsDir: string): Promise<AgedDir[]> {
  const entries = await readdir(agentsDir, { withFileTypes: true }).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return []; // no agent was ever started here
    throw error;
  });
  const dirs = entries.filter((entry) => entry.isDirectory());
  return Promise.all(
    dirs.map(async ({ name }) => ({ guid: name, dir: agentDirOf(agentsDir, name), changedAtMs: (await stat(join(agentsDir, name))).mtimeMs })),
  );
}

/** The names of the directories whose agents run, or are being started. */
export async function listAgentsInUse(agentsDir: string): Promise<readonly string[]> {
  return (await splitByUse(await listDirs(resolve(agentsDir)))).used.map(({ guid }) => guid);
}

async function splitByUse(dirs: readonly AgedDir[]): Promise<{ used: readonly AgedDir[]; unused: readonly AgedDir[] }> {
  const [used, unused]: [AgedDir[], AgedDir[]] = [[], []];
  if (dirs.length === 0) return { used, unused };
  const table = createProcessTable();
  const now = { table, bootId: await table.bootId(), processes: await table.list(0) };
  for (const dir of dirs) ((await isInUse(dir, now)) ? used : unused).push(dir);
  return { used, unused };
}

async function isInUse({ guid, dir }: AgedDir, now: { processes: readonly ProcessFacts[]; bootId: string; table: ProcessTable }): Promise<boolean> {
  if (now.processes.some(({ agentGuid, isDead }) => agentGuid === guid && !isDead)) return true;
  const named = [await readHandle(dir), (await readLastGate(dir, now.table))?.passedBy].flatMap((one) => (one?.bootId === now.bootId ? [one] : []));
  if (now.table.alive(named).length > 0) return true;
  // A claim is kept after a start that succeeded: only without a handle does it mean a start in progress.
  return (await readHandle(dir)) === null && (await isClaimHeld(dir, now.bootId, now.table));
}
