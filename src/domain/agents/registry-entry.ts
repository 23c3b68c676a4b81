import { z } from 'zod';
import { AgentGuid, ProjectId, Timestamp } from '../ids.ts';

/** By this an entry says that its agent answers to our commands. */
export const RUNNER_PROTOCOL = 'weft.v1';

/** By this our own entry, under which agents find us, is told from those of agents. */
export const COORDINATOR_ROLE = 'weft-coordinator';

/** What our own runner writes to KV `agent-registry` under its GUID: Weft's fields and Warp's, so that both read it. */
export const RegistryEntry = z.object({
  guid: AgentGuid,
  handle: z.string().min(1).max(128),
  agentType: z.string().max(64),
  hostname: z.string().max(256),
  projectId: ProjectId,
  username: z.string().max(128).exactOptional(),
  capabilities: z.array(z.string().max(64)).max(64),
  visibility: z.enum(['private', 'project-only', 'user-only', 'public']),
  scope: z.enum(['private', 'personal', 'team', 'public']),
  status: z.enum(['online', 'busy', 'offline']),
  currentTaskCount: z.int().min(0),
  maxConcurrentTasks: z.int().min(1),
  spindownAfterIdleMs: z.int().min(0),
  registeredAt: Timestamp,
  lastHeartbeat: Timestamp,
  lastActivity: Timestamp,
  protocol: z.literal(RUNNER_PROTOCOL),
  metadata: z.object({ agentType: z.string().max(64), boundaries: z.array(z.string().max(64)).max(64) }),
});
export type RegistryEntry = z.infer<typeof RegistryEntry>;
