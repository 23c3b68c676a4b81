import { z } from 'zod';
import { WeftError } from '../errors.ts';
import { AgentGuid, ProjectId } from '../ids.ts';
import { whyNotStarted } from '../targets/can-start.ts';
import { LocalConfig } from '../targets/configs.ts';
import type { MechanismConfig } from '../targets/mechanism-config.ts';
import { AgentType } from '../targets/target.ts';
import { AgentTask } from './session.ts';
import type { Session } from './session.ts';

/** The variable that marks every process of an agent, harness included; stopping looks for it. */
export const GUID_MARKER = 'WEFT_AGENT_GUID';
/** The variable in which the runner finds its `RunnerConfig` as JSON. */
export const RUNNER_CONFIG = 'WEFT_RUNNER_CONFIG';

/** Everything the agent runner needs to know at start; composed by the spin-up, parsed by the runner. */
export const RunnerConfig = z.object({
  guid: AgentGuid,
  projectId: ProjectId,
  handle: z.string().min(1).max(128),
  agentType: AgentType,
  capabilities: z.array(z.string()),
  boundaries: z.array(z.string()),
  task: AgentTask.default('serve'),
  harness: LocalConfig.omit({ hostId: true }),
  heartbeatMs: z.int().min(100),
  /** The runner leaves by itself after having been free for this long, should nobody retire it before; 0 = never. */
  leaveAfterIdleMs: z.int().min(0),
  resendMs: z.int().min(100),
});
export type RunnerConfig = z.infer<typeof RunnerConfig>;

// Three beats may be missed before the lost clock runs out.
const BEATS_PER_LOST_TIMEOUT = 4;
const HEARTBEAT_MS_MAX = 10_000;
const RESEND_MS = 5000;
// The session retires a free agent first; the runner's own limit only catches a runner that everybody forgot.
const ORPHAN_IDLE_FACTOR = 2;

/** The runner's configuration for a session on a target. The target alone decides what runs; no text of a work item enters here. */
export function runnerConfigOf(session: Session, config: MechanismConfig, lostTimeoutMs: number): RunnerConfig {
  if (config.mechanism !== 'local') throw new WeftError('TARGET_MISCONFIGURED', whyNotStarted(config.mechanism));
  return {
    guid: session.guid,
    projectId: session.projectId,
    handle: `${session.agentType}-${session.guid.slice(0, 8)}`,
    agentType: session.agentType,
    capabilities: session.capabilities,
    boundaries: session.boundaries,
    task: session.task,
    harness: withoutHostId(config.local),
    heartbeatMs: Math.max(100, Math.min(HEARTBEAT_MS_MAX, Math.floor(lostTimeoutMs / BEATS_PER_LOST_TIMEOUT))),
    leaveAfterIdleMs: session.idleTimeoutMs * ORPHAN_IDLE_FACTOR,
    resendMs: RESEND_MS,
  };
}

function withoutHostId(config: LocalConfig): RunnerConfig['harness'] {
  const { hostId: _hostId, ...harness } = config;
  return harness;
}
