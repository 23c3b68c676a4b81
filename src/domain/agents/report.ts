import { z } from 'zod';
import { AgentGuid, Fence, ProjectId, Timestamp, WorkId } from '../ids.ts';
import { Asked } from '../work/question.ts';
import { WorkResult } from '../work/work-item.ts';

export const ReportKind = z.enum(['claimed', 'progress', 'question', 'completed', 'failed']);
export type ReportKind = z.infer<typeof ReportKind>;

// Every report carries the fence it speaks for and the run token that proves it (limited to work item, fence and agent).
const common = {
  workId: WorkId,
  projectId: ProjectId,
  guid: AgentGuid,
  fence: Fence,
  /** 1, 2, 3 … per work item and fence; a resend keeps its number. */
  seq: z.int().min(1).max(1_000_000),
  runToken: z.string().min(1).max(256),
  sentAt: Timestamp,
};

/** What an agent says about its assignment, on `weft.v1.<project>.report.<workId>.<kind>`. */
export const Report = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('claimed') }),
  z.object({ ...common, kind: z.literal('progress'), progress: z.number().min(0).max(100), message: z.string().max(1024).exactOptional() }),
  /** It waits for a person: until the answer comes as a command, its silence is not idleness. */
  z.object({ ...common, kind: z.literal('question'), ...Asked.shape }),
  z.object({ ...common, kind: z.literal('completed'), result: WorkResult }),
  z.object({
    ...common,
    kind: z.literal('failed'),
    message: z.string().max(16_384),
    code: z.string().max(64).exactOptional(),
    recoverable: z.boolean(),
    /** The runner was told to leave (clean stop of the host); not the item's fault. */
    interrupted: z.boolean().default(false),
  }),
]);
export type Report = z.infer<typeof Report>;
export type CompletedReport = Extract<Report, { kind: 'completed' }>;
export type FinalReport = Extract<Report, { kind: 'completed' | 'failed' }>;

/** Largest report accepted from the wire. */
export const REPORT_BYTES_MAX = 262_144;

/** `Nats-Msg-Id` of a report: a resend within the stream's window is dropped by the server. */
export function reportMessageId(report: Pick<Report, 'workId' | 'fence' | 'seq'>): string {
  return `${report.workId}.${String(report.fence)}.${String(report.seq)}`;
}

/** The runner's own sign of life, on `weft.v1.<project>.heartbeat.<guid>`, sent whether or not the harness speaks. */
export const Heartbeat = z.object({
  guid: AgentGuid,
  projectId: ProjectId,
  state: z.enum(['free', 'working', 'finished-unsettled']),
  workId: WorkId.exactOptional(),
  fence: Fence.exactOptional(),
  /** Since the harness last wrote output, reported or made progress, on the runner's monotonic clock; 0 when free. */
  idleForMs: z.int().min(0),
  /** It has done what it was started for and waits to be told to go (said until it is), or it was free and goes. */
  leaving: z.literal(true).exactOptional(),
  /** What it was started for has ended with an error. */
  failed: z.literal(true).exactOptional(),
});
export type Heartbeat = z.infer<typeof Heartbeat>;
