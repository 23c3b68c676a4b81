import { z } from 'zod';
import { AgentGuid, Fence, HostId, ProjectId, TargetId, WorkId } from '../ids.ts';
import { AgentType, MechanismName } from '../targets/target.ts';
import { StopGraceMs } from './stop-grace.ts';

/**
 * starting: row written, process maybe not yet there · busy: registered, its item holds it · free: registered, may be granted ·
 * draining: leaving, counts against its target · gone: verified, holds nothing.
 */
export const SessionState = z.enum(['starting', 'busy', 'free', 'draining', 'gone']);
export type SessionState = z.infer<typeof SessionState>;

/**
 * What an agent is started for. serve: to take work items and run the target's command for each · command: to run the target's
 * command once, without an item (the command is the agent then), and to leave when it has ended.
 */
export const AgentTask = z.enum(['serve', 'command']);
export type AgentTask = z.infer<typeof AgentTask>;

/** All that is needed to look at, and to kill, what was started; serialisable and kept in the session's row. */
export const Handle = z.discriminatedUnion('mechanism', [
  z.object({
    mechanism: z.literal('local'),
    hostId: HostId,
    bootId: z.string().max(64),
    pid: z.int().min(1),
    /** Clock ticks since boot (field 22 of /proc/<pid>/stat): with pid and boot id it names one process for good. */
    startTicks: z.int().min(0),
  }),
]);
export type Handle = z.infer<typeof Handle>;

/** The supervision of one agent as the ledger knows it. */
export const Session = z.object({
  guid: AgentGuid,
  projectId: ProjectId,
  targetId: TargetId,
  targetName: z.string(),
  mechanism: MechanismName,
  hostId: HostId,
  agentType: AgentType,
  capabilities: z.array(z.string()),
  boundaries: z.array(z.string()),
  task: AgentTask,
  state: SessionState,
  workId: WorkId.nullable(),
  fence: Fence.nullable(),
  handle: Handle.nullable(),
  idleTimeoutMs: z.int().min(0),
  /** Granted by whoever asked it to stop; null = nothing was said. */
  stopGraceMs: StopGraceMs.nullable(),
});
export type Session = z.infer<typeof Session>;
