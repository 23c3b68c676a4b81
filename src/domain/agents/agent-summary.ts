import { z } from 'zod';
import { AgentGuid } from '../ids.ts';

/** How items and events name an agent. */
export const AgentSummary = z
  .object({
    guid: AgentGuid,
    /** Free text, because agents that Weft did not start name types of their own. */
    agentType: z.string().max(64),
    handle: z.string().max(128).exactOptional(),
    hostname: z.string().max(256).exactOptional(),
  })
  .meta({ id: 'AgentSummary' });
export type AgentSummary = z.infer<typeof AgentSummary>;
