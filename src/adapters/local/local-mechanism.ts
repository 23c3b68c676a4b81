import { resolve } from 'node:path';
import { WeftError } from '../../domain/errors.ts';
import type { HostId } from '../../domain/ids.ts';
import type { Handle } from '../../domain/agents/session.ts';
import { unhealthy } from '../../domain/targets/unhealthy.ts';
import type { Mechanism } from '../../ports/mechanism.ts';
import type { OwnEnvironment } from './agent-environment.ts';
import { createAgentDir, leaveTombstone } from './agent-dir.ts';
import type { AgentDir } from './agent-dir.ts';
import { checkConfig } from './check-config.ts';
import { endAgent } from './end-agent.ts';
import { readLastGate } from './gate.ts';
import { readHandle } from './handle-file.ts';
import { boundOutput, OUTPUT_BYTES_MAX } from './output-file.ts';
import { isSameProcess } from './process-facts.ts';
import type { ProcessIdentity, ProcessTable } from './process-facts.ts';
import { createProcessTable } from './process-table.ts';
import { startAgent } from './start-agent.ts';

export interface LocalMechanismOptions {
  /** One directory per agent is made in it. */
  readonly agentsDir: string;
  /** Only handles of this host are looked at. */
  readonly hostId: HostId;
  /** Our own environment, of which an agent gets the allow-list only. */
  readonly environment: OwnEnvironment;
  /** A process that ends sooner has failed to start. Default 300. */
  readonly earlyExitMs?: number;
  /** A start takes well under a second; a claim held for longer is not waited for. Default 10 s. */
  readonly claimPatienceMs?: number;
  /** Size above which an output file is cut. Default 8 MiB. */
  readonly outputBytesMax?: number;
}

const EARLY_EXIT_MS = 300;
const CLAIM_PATIENCE_MS = 10_000;

/** Starts, probes and stops agents as processes of this host. Keeps nothing in memory: any number may work on one `agentsDir`. */
export function createLocalMechanism(options: LocalMechanismOptions): Mechanism {
  const { hostId, environment, earlyExitMs = EARLY_EXIT_MS, claimPatienceMs = CLAIM_PATIENCE_MS, outputBytesMax = OUTPUT_BYTES_MAX } = options;
  const agentsDir = resolve(options.agentsDir);
  const table = createProcessTable();
  return {
    start: (request, signal) => startAgent(request, { agentsDir, hostId, environment, earlyExitMs, claimPatienceMs, table }, signal),
    probe: async (handle, signal) => {
      signal.throwIfAborted();
      if (handle.hostId !== hostId) return 'unreachable';
      if (handle.bootId !== (await table.bootId())) return 'gone';
      return (await isAlive(handle, table)) ? 'alive' : 'gone';
    },
    check: async (config, signal) => {
      signal.throwIfAborted();
      return config.mechanism === 'local'
        ? checkConfig(config.local, environment)
        : unhealthy(`This is no target of the mechanism "local" but of "${config.mechanism}".`);
    },
    stop: async ({ guid, handle, graceMs }, signal) => {
      if (handle !== null && handle.hostId !== hostId)
        throw new WeftError('AGENT_NOT_GONE', `Agent ${guid} runs on host ${handle.hostId}; this is ${hostId} and cannot stop it.`);
      const dir = await createAgentDir(agentsDir, guid);
      await leaveTombstone(dir);
      const roots = await findRoots(dir, { handle, hostId, table });
      const result = await endAgent({ guid, roots, graceMs }, table, signal);
      await Promise.all([dir.stdout, dir.stderr].map((path) => boundOutput(path, outputBytesMax)));
      return result;
    },
  };
}

/** The first processes of an agent on this boot, from all that was written about it. */
async function findRoots(dir: AgentDir, known: { handle: Handle | null; hostId: HostId; table: ProcessTable }): Promise<readonly ProcessIdentity[]> {
  const bootId = await known.table.bootId();
  const handles = [known.handle, await readHandle(dir)].filter((handle) => handle?.hostId === known.hostId);
  const passedBy = (await readLastGate(dir, known.table))?.passedBy;
  return [...handles, passedBy]
    .filter((one) => one?.bootId === bootId)
    .flatMap((one) => (one === null || one === undefined ? [] : [{ pid: one.pid, startTicks: one.startTicks }]));
}

/** The first process, or what it left behind in its session: a launcher's exit is not the agent's exit. */
async function isAlive(handle: Handle, table: ProcessTable): Promise<boolean> {
  if (table.alive([handle]).length > 0) return true;
  const processes = await table.list(handle.startTicks);
  if (processes.some((one) => one.pid === handle.pid && !isSameProcess(one, handle))) return false; // the pid has another owner by now
  // The marker of whichever agent proves that the numbers are still ours (see `findMembers`).
  return processes.some((one) => !one.isDead && one.agentGuid !== null && (one.sessionId === handle.pid || one.groupId === handle.pid));
}
