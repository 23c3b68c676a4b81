import { chmodSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeProcesses, processesOfStage, signalProcess } from './processes.ts';
import type { DemoProcess } from './processes.ts';
import type { Row } from './report.ts';
import type { BootedStack } from './stack.ts';
import { waitFor } from './wait-for.ts';

const ENDED_WITHIN_MS = 5000;

/** A directory for everything of one demo (or benchmark), by whose name its processes are known. */
export function makeStage(name = 'demo'): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), `weft-${name}-`)));
  // PostgreSQL may run as another user, who must reach its cluster; what is secret in there is protected by itself.
  chmodSync(directory, 0o755);
  return directory;
}

/** Ends the stack and looks whether anything is left of it or of its agents. */
export async function endStack(stack: BootedStack, directory: string): Promise<Row> {
  const startedAt = performance.now();
  const exitCode = await stack.stop();
  const left = await killWhatIsLeft(directory);
  return {
    name: 'clean-stop',
    ok: exitCode === 0 && left.length === 0,
    workId: null,
    outcome: exitCode === null ? 'killed' : `exit ${String(exitCode)}`,
    attempts: 0,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    link: null,
    detail: `expected weft up to end with code 0 and leave no process; seen: code ${String(exitCode)}, ${describeProcesses(left)}`,
  };
}

/** Kills every process of the stage; returns those that it found. */
export async function killWhatIsLeft(directory: string): Promise<readonly DemoProcess[]> {
  const left = processesOfStage(directory);
  for (const { pid } of left) signalProcess(pid, 'SIGKILL');
  const wait = { what: 'the last processes to end', timeoutMs: ENDED_WITHIN_MS, signal: new AbortController().signal, pollMs: 50 };
  await waitFor(wait, () => (processesOfStage(directory).length === 0 ? true : null));
  return left;
}
