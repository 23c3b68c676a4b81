import type { AgentGuid, ProjectId, TargetId, WorkId } from './ids.ts';
import type { AgentCommandName } from './agents/commands.ts';
import type { ReportKind } from './agents/report.ts';

/*
 * Every NATS name Weft uses. Names are forever. The arguments are ids that were parsed by their schema,
 * so none can carry a dot or a wildcard into a subject.
 */
const ROOT = 'weft.v1';

export const STREAMS = { reports: 'WEFT_REPORTS', logs: 'WEFT_LOGS', events: 'WEFT_EVENTS' } as const;
export const REPORTS_CONSUMER = 'weft-bridge';
export const REGISTRY_BUCKET = 'agent-registry';

/** Queue group of the bridges: each heartbeat and status question is taken by one of them. */
export const BRIDGE_QUEUE_GROUP = 'weft-bridge';
/** A bridge answers with `BridgeStatus`; nobody answering means that our side is deaf. */
export const BRIDGE_STATUS_SUBJECT = `${ROOT}.bridge.status`;

/** Queue group of the workers that make granting rounds: each wake is taken by one of them. */
export const ROUNDS_QUEUE_GROUP = 'weft-rounds';
/** Asks for a granting round; a worker that hears it answers at once, empty, and makes one. */
export const WAKE_SUBJECT = `${ROOT}.coordinator.wake`;

export const ALL_REPORTS = `${ROOT}.*.report.>`;
export const ALL_HEARTBEATS = `${ROOT}.*.heartbeat.*`;
export const ALL_LOGS = `${ROOT}.*.log.*`;
export const ALL_EVENTS = `${ROOT}.*.event.>`;

export function reportSubject(projectId: ProjectId, workId: WorkId, kind: ReportKind): string {
  return `${ROOT}.${projectId}.report.${workId}.${kind}`;
}

export function heartbeatSubject(projectId: ProjectId, guid: AgentGuid): string {
  return `${ROOT}.${projectId}.heartbeat.${guid}`;
}

export function commandSubject(projectId: ProjectId, guid: AgentGuid, command: AgentCommandName): string {
  return `${ROOT}.${projectId}.agent.${guid}.${command}`;
}

export function logSubject(projectId: ProjectId, workId: WorkId): string {
  return `${ROOT}.${projectId}.log.${workId}`;
}

/** Where the original, and the package it shared with its clients, tell an agent to stop. */
export function shutdownSubjects(projectId: ProjectId, guid: AgentGuid): readonly string[] {
  return [`loom.${projectId}.agents.${guid}.shutdown`, `loominal.${projectId}.agent.shutdown.${guid}`];
}

/** `name` is the event's wire name (`work:submitted`); its colon becomes the subject's dot. */
export function eventSubject(projectId: ProjectId, name: string): string {
  return `${ROOT}.${projectId}.event.${name.replace(':', '.')}`;
}

/** The subjects of Weft's old control plane begin with it; the next token is a project's id. */
export const COORD_ROOT = 'coord';
/** Queue group of those that answer there: each request is answered by one of them. */
export const COORD_QUEUE_GROUP = 'weft-coord';

export type TargetChange = 'register' | 'update' | 'remove';

/** Where the original Weft told of changes of targets; core NATS, for whoever listens. */
export function targetChangeSubject(projectId: ProjectId, change: TargetChange): string {
  return `loominal.${projectId}.targets.${change}`;
}

export function targetHealthSubject(projectId: ProjectId, targetId: TargetId): string {
  return `loominal.${projectId}.targets.health.${targetId}`;
}
