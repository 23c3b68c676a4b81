import { z } from 'zod';
import { AgentGuid, Fence, WorkId } from '../ids.ts';
import type { WorkResult } from '../work/work-item.ts';
import type { Report } from './report.ts';

/** A direct message as Warp's tools send it. */
export const WarpMessage = z.object({
  id: z.string().min(1).max(128),
  senderGuid: AgentGuid,
  messageType: z.string().max(64),
  content: z.string(),
  metadata: z.record(z.string(), z.unknown()).exactOptional(),
});
export type WarpMessage = z.infer<typeof WarpMessage>;

/** The kinds of reports for which Warp has words. */
type SpokenKind = 'claimed' | 'progress' | 'completed' | 'failed';

type Said<K extends SpokenKind> = Omit<Extract<Report, { kind: K }>, 'workId' | 'projectId' | 'guid' | 'fence' | 'seq' | 'runToken' | 'sentAt'>;

/** What an agent has said about its work in Warp's way. It knows of no fence; what it names is a help, no proof. */
export interface WarpWord {
  readonly messageId: string;
  readonly sender: AgentGuid;
  /** null: it names no item. */
  readonly workId: WorkId | null;
  /** The fence of the offer, if it repeats it. */
  readonly fence: Fence | null;
  readonly said: Said<'claimed'> | Said<'progress'> | Said<'completed'> | Said<'failed'>;
}

const MESSAGE_CHARS_MAX = 1024;
const TEXT_CHARS_MAX = 16_384;

/** The types of Warp's vocabulary, and of its older ones. */
const KINDS: Readonly<Record<string, SpokenKind>> = {
  'work-claim': 'claimed',
  'progress-update': 'progress',
  status: 'progress',
  'work-complete': 'completed',
  completion: 'completed',
  'work-error': 'failed',
  error: 'failed',
};

type Fields = Readonly<Record<string, unknown>>;

/** Null for a message that is no report. */
export function readWarpWord(message: WarpMessage, nowMs: number): WarpWord | null {
  const kind = Object.hasOwn(KINDS, message.messageType) ? KINDS[message.messageType] : undefined;
  if (kind === undefined) return null;
  const content = parseContent(message.content);
  const fields: Fields = { ...message.metadata, ...(content ?? {}) };
  const text = content === null ? message.content : '';
  return {
    messageId: message.id,
    sender: message.senderGuid,
    workId: first(WorkId, [fields['workItemId'], fields['taskId']]),
    fence: first(Fence, [fields['fence']]),
    said: say(kind === 'completed' && fields['success'] === false ? 'failed' : kind, fields, { text, nowMs }),
  };
}

function say(kind: SpokenKind, fields: Fields, { text, nowMs }: { text: string; nowMs: number }): WarpWord['said'] {
  switch (kind) {
    case 'claimed':
      return { kind };
    case 'progress': {
      const message = textOf([fields['message'], fields['statusMessage'], text], MESSAGE_CHARS_MAX);
      const progress = first(z.number(), [fields['progress'], fields['progressPercent']]) ?? 0;
      return { kind, progress: Math.min(100, Math.max(0, progress)), ...(message === null ? {} : { message }) };
    }
    case 'completed':
      return { kind, result: resultOf(fields, { text, nowMs }) };
    case 'failed':
      return {
        kind,
        message: textOf([fields['error'], fields['resultSummary'], fields['message'], text], TEXT_CHARS_MAX) ?? 'the agent reported a failure without a reason',
        recoverable: fields['recoverable'] !== false,
        interrupted: false,
      };
  }
}

function resultOf(fields: Fields, { text, nowMs }: { text: string; nowMs: number }): WorkResult {
  const summary = textOf([fields['summary'], fields['resultSummary'], text], TEXT_CHARS_MAX);
  const output = first(z.record(z.string(), z.unknown()), [fields['result'], fields['resultData']]);
  return { ...(summary === null ? {} : { summary }), ...(output === null ? {} : { output }), completedAt: new Date(nowMs).toISOString() };
}

/** The same number for the same message; few enough that an agent without end fills nothing. */
const PROGRESS_NUMBERS = 9000;
const FINAL_NUMBER = PROGRESS_NUMBERS + 2;

export function seqOfWord({ messageId, said }: WarpWord): number {
  if (said.kind === 'claimed') return 1;
  if (said.kind !== 'progress') return FINAL_NUMBER;
  let hash = 0;
  for (const character of messageId) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % PROGRESS_NUMBERS;
  return 2 + hash;
}

function parseContent(content: string): Fields | null {
  try {
    const parsed = z.record(z.string(), z.unknown()).safeParse(JSON.parse(content));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function first<T>(schema: z.ZodType<T>, values: readonly unknown[]): T | null {
  for (const value of values) {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
  }
  return null;
}

function textOf(values: readonly unknown[], charsMax: number): string | null {
  const found = values.find((value): value is string => typeof value === 'string' && value.trim() !== '');
  return found === undefined ? null : found.slice(0, charsMax);
}
