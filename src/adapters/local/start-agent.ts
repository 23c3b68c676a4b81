import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { WeftError } from '../../domain/errors.ts';
import type { Fence, HostId } from '../../domain/ids.ts';
import type { Handle } from '../../domain/agents/session.ts';
import type { StartRequest, StartResult } from '../../ports/mechanism.ts';
import { agentEnvironment } from './agent-environment.ts';
import type { OwnEnvironment } from './agent-environment.ts';
import { createAgentDir, isTombstoned, writeOnce } from './agent-dir.ts';
import type { AgentDir } from './agent-dir.ts';
import { releaseClaim, takeClaim } from './claim.ts';
import type { Claim } from './claim.ts';
import { describeEarlyEnd } from './early-end.ts';
import { endAgent } from './end-agent.ts';
import { findProgram } from './find-program.ts';
import { readLastGate } from './gate.ts';
import type { Gate } from './gate.ts';
import { readHandle } from './handle-file.ts';
import { launchThroughGate } from './launch-through-gate.ts';
import { sizeOf } from './output-file.ts';
import type { ProcessIdentity, ProcessTable } from './process-facts.ts';

export interface StartPlace {
  readonly agentsDir: string;
  readonly hostId: HostId;
  readonly environment: OwnEnvironment;
  readonly earlyExitMs: number;
  /** Who holds a claim for longer is stuck; the gate keeps even that one from harm. */
  readonly claimPatienceMs: number;
  readonly table: ProcessTable;
}

/** One start under its claim. */
interface Attempt extends StartPlace {
  readonly request: StartRequest;
  readonly dir: AgentDir;
  readonly bootId: string;
}

const TOMBSTONED: StartResult = { kind: 'tombstoned' };
const POLL_MS = 20;
// Each round means that a process was there and has gone; a GUID is not a way to run something for ever.
const ROUNDS_MAX = 20;

/** See `Mechanism.start`. Who comes second waits for the first; who comes after a dead first one finds its process, or starts it. */
export async function startAgent(request: StartRequest, place: StartPlace, signal: AbortSignal): Promise<StartResult> {
  const dir = await createAgentDir(place.agentsDir, request.guid);
  const bootId = await place.table.bootId();
  const claim = newClaim(request.fence, bootId, place.table);
  const patienceEnd = performance.now() + place.claimPatienceMs;
  for (;;) {
    signal.throwIfAborted();
    if (await isTombstoned(dir)) return TOMBSTONED;
    const handle = await readHandle(dir);
    if (handle !== null) return { kind: 'started', handle };
    if (await takeClaim(dir, claim, { table: place.table, byForce: performance.now() >= patienceEnd })) break;
    await delay(POLL_MS, undefined, { signal });
  }
  try {
    return await startOrFind({ ...place, request, dir, bootId }, signal);
  } catch (error) {
    await releaseClaim(dir, claim);
    throw error;
  }
}

function newClaim(fence: Fence, bootId: string, table: ProcessTable): Claim {
  const me = table.identify(process.pid);
  return { claimId: randomUUID(), fence, claimerPid: process.pid, claimerStartTicks: me?.startTicks ?? 0, bootId, claimedAt: new Date().toISOString() };
}

async function startOrFind(attempt: Attempt, signal: AbortSignal): Promise<StartResult> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    if (await isTombstoned(attempt.dir)) return TOMBSTONED;
    const gate = await readLastGate(attempt.dir, attempt.table);
    const running = gate === null ? null : await findRunning(attempt, gate);
    if (running === null) {
      const result = await launch(attempt, (gate?.number ?? 0) + 1, signal);
      if (result !== null) return result;
    } else if (await livesOn(running, attempt, signal)) {
      return keepHandle(attempt, running, signal);
    }
  }
  throw new WeftError('SPIN_UP_FAILED', `Agent ${attempt.request.guid} was started ${String(ROUNDS_MAX)} times and ended each time.`);
}

/** The agent's process after its gate was passed: the one that passed, or the oldest that it left behind. */
async function findRunning({ request, bootId, table }: Attempt, gate: Gate): Promise<ProcessIdentity | null> {
  if (gate.passedBy?.bootId === bootId && table.alive([gate.passedBy]).length > 0) return gate.passedBy;
  return findOldestMarked(request, table);
}

async function findOldestMarked({ guid }: StartRequest, table: ProcessTable): Promise<ProcessIdentity | null> {
  const marked = (await table.list(0)).filter(({ agentGuid, isDead }) => agentGuid === guid && !isDead);
  return marked.sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid)[0] ?? null;
}

// A process found by its marker may be one that is just about to find its gate taken.
async function livesOn(process: ProcessIdentity, { earlyExitMs, table }: Attempt, signal: AbortSignal): Promise<boolean> {
  const end = performance.now() + earlyExitMs;
  while (performance.now() < end) {
    if (table.alive([process]).length === 0) return false;
    await delay(POLL_MS, undefined, { signal });
  }
  return table.alive([process]).length > 0;
}

/** Executes through the gate. Null: another start's process is there, look again. */
async function launch(attempt: Attempt, gateNumber: number, signal: AbortSignal): Promise<StartResult | null> {
  const { request, dir, bootId, table, earlyExitMs } = attempt;
  const env = agentEnvironment(request, attempt.environment);
  const argv = [await findProgram(request.argv, env['PATH'] ?? ''), ...request.argv.slice(1)];
  const before = { stdout: await sizeOf(dir.stdout), stderr: await sizeOf(dir.stderr) };
  if (await isTombstoned(dir)) return TOMBSTONED;
  const result = await launchThroughGate({ dir, gateNumber, bootId, argv, env, earlyExitMs, table }, signal);
  switch (result.kind) {
    case 'tombstoned':
      return TOMBSTONED;
    case 'gate-taken':
      return null;
    case 'running':
      return keepHandle(attempt, result.process, signal);
    case 'ended': {
      // A launcher's exit is not the agent's exit.
      const left = await findOldestMarked(request, table);
      if (left !== null) return keepHandle(attempt, left, signal);
      if (await isTombstoned(dir)) return TOMBSTONED;
      throw await describeEarlyEnd({ request, dir, exit: result.exit, before });
    }
  }
}

/** Writes the handle for all who come later; if `stop` came in between, undoes the start. */
async function keepHandle(attempt: Attempt, process: ProcessIdentity, signal: AbortSignal): Promise<StartResult> {
  const { request, dir, hostId, bootId, table } = attempt;
  const mine: Handle = { mechanism: 'local', hostId, bootId, pid: process.pid, startTicks: process.startTicks };
  const handle = (await writeOnce(dir.handle, JSON.stringify(mine))) ? mine : ((await readHandle(dir)) ?? mine);
  if (!(await isTombstoned(dir))) return { kind: 'started', handle };
  const end = await endAgent({ guid: request.guid, roots: [process], graceMs: 0 }, table, signal);
  if (end.kind === 'alive') throw new WeftError('AGENT_NOT_GONE', `Agent ${request.guid} was stopped while it was being started: ${end.detail}.`);
  return TOMBSTONED;
}
