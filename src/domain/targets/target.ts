import { z } from 'zod';
import { AgentGuid, HostId, ProjectId, TargetId, Timestamp } from '../ids.ts';

export const AgentType = z.enum(['copilot-cli', 'claude-code']).meta({ id: 'AgentType' });
export type AgentType = z.infer<typeof AgentType>;

export const MechanismName = z.enum(['ssh', 'github-actions', 'local', 'webhook', 'kubernetes']).meta({ id: 'MechanismName' });
export type MechanismName = z.infer<typeof MechanismName>;

/** Free text, but it travels in search attributes and subjects of older clients, so control characters are refused. */
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

export const DEFAULT_BOUNDARIES = ['corporate', 'corporate-adjacent', 'personal', 'open-source'] as const;

const EnvName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a plain environment variable name');
const Argument = z
  .string()
  .max(8192)
  .refine((text) => !text.includes('\0'), 'must not contain NUL');

/** What the target runs for each work item: an argument vector (`command` + `args`), or, without `args`, a shell line. */
export const LocalConfig = z
  .object({
    command: Argument.min(1),
    args: z.array(Argument).max(256).exactOptional(),
    workingDirectory: Argument.min(1).exactOptional(),
    env: z.record(EnvName, Argument).exactOptional(),
    hostId: HostId.exactOptional(),
  })
  .meta({ id: 'LocalConfig' });
export type LocalConfig = z.infer<typeof LocalConfig>;

const TargetLimits = z
  .object({
    /** Agents alive at once, those starting and those not yet verified gone included. */
    agentsMax: z.int().min(1).max(1000).default(4),
    /** An agent free for longer is retired; 0 = never. */
    idleTimeoutMs: z.int().min(0).max(86_400_000).exactOptional(),
  })
  .meta({ id: 'TargetLimits' });

const HealthCheck = z.object({
  enabled: z.boolean(),
  intervalMs: z.int().min(1000).max(86_400_000).default(300_000),
  timeoutMs: z.int().min(100).max(600_000).default(10_000),
});

/** Body of `POST /api/targets`. `config` is kept as sent; `parseMechanismConfig` reads both of its dialects. */
export const TargetRegister = z
  .object({
    name: z
      .string()
      .trim()
      .min(1)
      .max(128)
      .regex(/^[^\s/\\\p{C}][^/\\\p{C}]*$/u, 'must not contain slashes or control characters')
      // As a segment of a path these two mean another path, percent-encoded or not.
      .refine((name) => name !== '.' && name !== '..', 'must not be "." or ".."'),
    description: z.string().max(4096).exactOptional(),
    agentType: AgentType,
    capabilities: z.array(Capability).min(1).max(64),
    boundaries: z
      .array(Boundary)
      .min(1)
      .max(64)
      .default([...DEFAULT_BOUNDARIES]),
    mechanism: MechanismName,
    config: z.record(z.string().max(128), z.unknown()),
    limits: TargetLimits.prefault({}),
    healthCheck: HealthCheck.exactOptional(),
    tags: z.array(z.string().min(1).max(64)).max(64).exactOptional(),
    projectId: ProjectId.exactOptional(),
  })
  .meta({ id: 'TargetRegister' });
export type TargetRegister = z.infer<typeof TargetRegister>;

const TargetStatus = z.enum(['available', 'in-use', 'disabled', 'error']);

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
    status: TargetStatus,
    currentAgentGuid: AgentGuid.exactOptional(),
    healthCheck: HealthCheck.exactOptional(),
    healthStatus: z.enum(['healthy', 'unhealthy', 'unknown']),
    lastHealthCheck: Timestamp.exactOptional(),
    lastError: z.string().exactOptional(),
    tags: z.array(z.string()).exactOptional(),
    registeredBy: z.enum(['cli', 'api', 'agent', 'config']),
    registeredAt: Timestamp,
    updatedAt: Timestamp,
    lastUsedAt: Timestamp.exactOptional(),
    useCount: z.int().min(0),
    version: z.int().min(1),
  })
  .meta({ id: 'Target' });
export type Target = z.infer<typeof Target>;
