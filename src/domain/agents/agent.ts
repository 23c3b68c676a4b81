import { z } from 'zod';
import { ProjectId, Timestamp } from '../ids.ts';

export const AgentStatus = z.enum(['online', 'busy', 'offline']).meta({ id: 'AgentStatus' });
export type AgentStatus = z.infer<typeof AgentStatus>;

export const AgentVisibility = z.enum(['private', 'project-only', 'user-only', 'public']);
export type AgentVisibility = z.infer<typeof AgentVisibility>;

/** A live worker as the outside sees it, whoever started it. Its type is free text: foreign agents bring their own. */
export const Agent = z
  .object({
    guid: z.string(),
    handle: z.string(),
    agentType: z.string(),
    status: AgentStatus.meta({ description: 'offline also when it has not been heard of for 180 s.' }),
    capabilities: z.array(z.string()),
    boundaries: z.array(z.string()),
    hostname: z.string(),
    projectId: ProjectId,
    username: z.string().exactOptional(),
    visibility: AgentVisibility,
    currentTaskCount: z.int().min(0),
    maxConcurrentTasks: z.int().min(0),
    spindownAfterIdleMs: z.int().min(0),
    lastHeartbeat: Timestamp.meta({ description: 'By its own clock; `status` says whether it is there.' }),
    lastActivity: Timestamp,
    registeredAt: Timestamp,
  })
  .meta({ id: 'Agent' });
export type Agent = z.infer<typeof Agent>;
