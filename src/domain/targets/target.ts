import { z } from 'zod';
import { AgentSummary } from '../agents/agent-summary.ts';
import { AgentGuid, GivenProjectId, ProjectId, TargetId, Timestamp, WorkId } from '../ids.ts';
import { fromOlderClients } from './older-clients.ts';

export const AgentType = z.enum(['copilot-cli', 'claude-code']).meta({ id: 'AgentType' });
export type AgentType = z.infer<typeof AgentType>;

export const MechanismName = z.enum(['ssh', 'github-actions', 'local', 'webhook', 'kubernetes']).meta({ id: 'MechanismName' });
export type MechanismName = z.infer<typeof MechanismName>;

/** Free text without control characters, as it may be looked for. */
export const Capability = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^\P{C}+$/u, 'must not contain control characters');
export const Boundary = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^\P{C}+$/u, 'must not contain control characters');

/**
 * One that work is to need, or a target to have: it becomes the end of a subject on NATS (`global.workqueue.<capability>`), so it
 * has no white space and no wildcards. Dots divide it, as in `typescript.corporate`.
 */
export const GivenCapability = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[^\s.*>\p{C}]+(?:\.[^\s.*>\p{C}]+)*$/u, 'must not contain white space, control characters, "*" or ">"; a dot stands only between others');

export const DEFAULT_BOUNDARIES = ['corporate', 'corporate-adjacent', 'personal', 'open-source'] as const;

const AGENTS_MAX_DEFAULT = 4;
const AgentsMax = z.int().min(1).max(1000);
const StartsPerMinuteMax = z.int().min(1).max(10_000);
const FailedStartCooldownMs = z.int().min(0).max(3_600_000);
/** How long an agent may be free; 0 = for ever. */
export const IdleTimeoutMs = z.int().min(0).max(86_400_000);

const TargetLimits = z
  .object({
    /** Agents alive at once, those starting and those not yet verified gone included. */
    agentsMax: AgentsMax.default(AGENTS_MAX_DEFAULT),
    idleTimeoutMs: IdleTimeoutMs.exactOptional().meta({
      description:
        'An agent free for longer is retired; 0 = never. Without it as the project or the installation is set. Agents keep the limit with which they were started.',
    }),
    startsPerMinuteMax: StartsPerMinuteMax.exactOptional().meta({ description: 'Starts within any minute at most; without it any number.' }),
    failedStartCooldownMs: FailedStartCooldownMs.exactOptional().meta({ description: 'No start for so long after one that failed; without it none.' }),
  })
  .meta({ id: 'TargetLimits' });

const CheckIntervalMs = z.int().min(1000).max(86_400_000);
const CheckTimeoutMs = z.int().min(100).max(600_000);
export const CHECK_INTERVAL_MS_DEFAULT = 300_000;
export const CHECK_TIMEOUT_MS_DEFAULT = 10_000;

const HealthCheck = z.object({
  enabled: z.boolean(),
  intervalMs: CheckIntervalMs.default(CHECK_INTERVAL_MS_DEFAULT),
  timeoutMs: CheckTimeoutMs.default(CHECK_TIMEOUT_MS_DEFAULT),
});

/** Names address targets beside ids, in paths: neither a path of its own, nor what could be an id. */
const TargetName = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(/^[^\s/\\\p{C}][^/\\\p{C}]*$/u, 'must not contain slashes or control characters')
  // As a segment of a path these two mean another path, percent-encoded or not.
  .refine((name) => name !== '.' && name !== '..', 'must not be "." or ".."')
  .refine((name) => !isUuidLike(name), 'must not look like an id');

const Description = z.string().max(4096);
const Capabilities = z.array(GivenCapability).min(1).max(64);
const Boundaries = z.array(Boundary).min(1).max(64);
const Config = z.record(z.string().max(128), z.unknown());
const Tags = z.array(z.string().min(1).max(64)).max(64);

/** Body of `POST /api/targets`. `config` is kept as sent; `parseMechanismConfig` reads both of its dialects. */
export const TargetRegister = z
  .object({
    name: TargetName,
    description: Description.exactOptional(),
    agentType: AgentType,
    capabilities: Capabilities,
    boundaries: Boundaries.default([...DEFAULT_BOUNDARIES]),
    mechanism: MechanismName,
    config: Config,
    limits: TargetLimits.prefault({}),
    healthCheck: HealthCheck.exactOptional(),
    tags: Tags.exactOptional(),
    projectId: GivenProjectId.exactOptional(),
  })
  .meta({ id: 'TargetRegister' });
export type TargetRegister = z.infer<typeof TargetRegister>;

/** Body of `PUT /api/targets/:id`: what is not given stays; what cannot be changed is ignored. */
export const TargetUpdate = z.preprocess(
  fromOlderClients,
  z
    .object({
      description: Description.exactOptional(),
      capabilities: Capabilities.exactOptional(),
      boundaries: Boundaries.exactOptional(),
      config: Config.exactOptional().meta({ description: 'Merged into the present one, member by member; a secret that is sent as `***` stays as it is.' }),
      limits: z
        .object({
          agentsMax: AgentsMax.exactOptional(),
          idleTimeoutMs: IdleTimeoutMs.exactOptional(),
          startsPerMinuteMax: StartsPerMinuteMax.exactOptional(),
          failedStartCooldownMs: FailedStartCooldownMs.exactOptional(),
        })
        .exactOptional(),
      healthCheck: z
        .object({ enabled: z.boolean().exactOptional(), intervalMs: CheckIntervalMs.exactOptional(), timeoutMs: CheckTimeoutMs.exactOptional() })
        .exactOptional(),
      tags: Tags.exactOptional(),
      version: z.int().min(1).exactOptional().meta({ description: 'Refused with 409 when the target has another version by now.' }),
    })
    .meta({ id: 'TargetUpdate' }),
);
export type TargetUpdate = z.infer<typeof TargetUpdate>;

export const TargetStatus = z.enum(['available', 'in-use', 'disabled', 'error']);
export type TargetStatus = z.infer<typeof TargetStatus>;

export const HealthStatus = z.enum(['healthy', 'unhealthy', 'unknown']);
export type HealthStatus = z.infer<typeof HealthStatus>;

const SpinUpRecord = z.object({
  time: Timestamp,
  outcome: z.enum(['success', 'failure']),
  workItemId: WorkId.exactOptional(),
  agent: AgentSummary.exactOptional(),
  error: z.string().exactOptional(),
});

const BreakerStatus = z
  .object({
    state: z.enum(['closed', 'open', 'half-open']).meta({ description: 'open: no starts · half-open: one, to see whether it works again.' }),
    cause: z.enum(['starts', 'refused', 'health']).exactOptional().meta({ description: 'starts failed · the target has no capacity · a check failed' }),
    since: Timestamp.exactOptional(),
    until: Timestamp.exactOptional().meta({ description: 'An open one is half-open then.' }),
    failures: z.int().min(0).meta({ description: 'Starts that failed one after the other.' }),
    lastError: z.string().exactOptional(),
  })
  .meta({ id: 'TargetBreaker' });

export const Target = z
  .object({
    id: TargetId,
    projectId: ProjectId,
    name: z.string(),
    description: z.string().exactOptional(),
    agentType: AgentType,
    capabilities: z.array(Capability),
    boundaries: z.array(Boundary),
    mechanism: MechanismName,
    config: z.record(z.string(), z.unknown()),
    limits: TargetLimits,
    status: TargetStatus.meta({
      description:
        'The first that is true: disabled · error: the last check failed, or its breaker is open · in-use: an agent is there, or it has no capacity · available.',
    }),
    disabledReason: z.string().exactOptional(),
    drain: z
      .enum(['draining', 'drained'])
      .exactOptional()
      .meta({ description: 'Its agents leave as soon as they are free; drained when the last one is gone.' }),
    currentAgentGuid: AgentGuid.exactOptional(),
    healthCheck: HealthCheck.exactOptional(),
    healthStatus: HealthStatus,
    lastHealthCheck: Timestamp.exactOptional(),
    lastError: z.string().exactOptional(),
    breaker: BreakerStatus,
    tags: z.array(z.string()).exactOptional(),
    registeredBy: z.enum(['cli', 'api', 'agent', 'config']),
    registeredAt: Timestamp,
    createdAt: Timestamp.meta({ description: 'The same as `registeredAt`, for older clients.' }),
    updatedAt: Timestamp,
    lastUsedAt: Timestamp.exactOptional(),
    useCount: z.int().min(0),
    lastSpinUp: SpinUpRecord.exactOptional(),
    version: z.int().min(1),
  })
  .meta({ id: 'Target' });
export type Target = z.infer<typeof Target>;

const UUID_LIKE = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** True for every spelling of an id that PostgreSQL reads. */
export function isUuidLike(name: string): boolean {
  return UUID_LIKE.test(name.replace(/^\{|\}$/g, ''));
}
