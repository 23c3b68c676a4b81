import { z } from 'zod';
import { WeftEvent } from '../../src/domain/events/event.ts';
import type { WorkId } from '../../src/domain/ids.ts';
import { Target } from '../../src/domain/targets/target.ts';
import type { TargetRegister } from '../../src/domain/targets/target.ts';
import { WorkItem } from '../../src/domain/work/work-item.ts';
import type { WorkSubmit } from '../../src/domain/work/work-item.ts';

const REQUEST_TIMEOUT_MS = 15_000;

const EventPage = z.object({ events: z.array(WeftEvent), nextAfterSeq: z.int() });
const CancelAnswer = z.object({ outcome: z.enum(['cancelling', 'already-settled']) });
const Failure = z.object({ code: z.string(), message: z.string() });

/** Weft's REST interface, as far as the demo uses it; every answer is parsed by the schema of the domain. */
export interface WeftClient {
  readonly registerTarget: (body: z.input<typeof TargetRegister>) => Promise<Target>;
  readonly submit: (body: z.input<typeof WorkSubmit>) => Promise<WorkItem>;
  readonly find: (workId: WorkId) => Promise<WorkItem>;
  readonly events: (workId: WorkId, afterSeq: number) => Promise<z.infer<typeof EventPage>>;
  readonly cancel: (workId: WorkId, reason: string) => Promise<z.infer<typeof CancelAnswer>>;
}

export function createClient(api: string, signal: AbortSignal): WeftClient {
  async function call<T>(schema: z.ZodType<T>, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${api}${path}`, {
      ...(body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    const answer: unknown = await response.json();
    if (response.ok) return schema.parse(answer);
    const failure = Failure.safeParse(answer);
    throw new Error(
      `${path} answered ${String(response.status)}: ${failure.success ? `${failure.data.code}: ${failure.data.message}` : 'not in the form of an error'}`,
    );
  }

  return {
    registerTarget: (body) => call(Target, '/api/targets', body),
    submit: (body) => call(WorkItem, '/api/work', body),
    find: (workId) => call(WorkItem, `/api/work/${workId}`),
    events: (workId, afterSeq) => call(EventPage, `/api/work/${workId}/events?afterSeq=${String(afterSeq)}`),
    cancel: (workId, reason) => call(CancelAnswer, `/api/work/${workId}/cancel`, { reason }),
  };
}
