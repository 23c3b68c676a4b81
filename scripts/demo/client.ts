import { z } from 'zod';
import { answerOf, createClient as createRestClient } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { WeftEvent } from '../../src/domain/events/event.ts';
import type { WorkId } from '../../src/domain/ids.ts';
import { Target } from '../../src/domain/targets/target.ts';
import { WorkItem } from '../../src/domain/work/work-item.ts';

const REQUEST_TIMEOUT_MS = 15_000;

const EventPage = z.object({ events: z.array(WeftEvent), nextAfterSeq: z.int() });

/** What the demo and the tests do with Weft again and again; every answer is parsed by the schema of the domain. */
export interface WeftClient {
  readonly registerTarget: (body: Schemas['TargetRegistrationInput']) => Promise<Target>;
  readonly submit: (body: Schemas['WorkSubmitInput']) => Promise<WorkItem>;
  readonly find: (workId: WorkId) => Promise<WorkItem>;
  readonly events: (workId: WorkId, afterSeq: number) => Promise<z.infer<typeof EventPage>>;
  readonly cancel: (workId: WorkId, reason: string) => Promise<Schemas['WorkCancelResult']>;
}

export function createClient(api: string, signal: AbortSignal): WeftClient {
  const { GET, POST } = createRestClient({ baseUrl: api, signal, timeoutMs: REQUEST_TIMEOUT_MS });
  const pathOf = (id: WorkId): { path: { id: string } } => ({ path: { id } });

  return {
    registerTarget: async (body) => Target.parse(await answerOf(POST('/api/targets', { body }))),
    submit: async (body) => WorkItem.parse(await answerOf(POST('/api/work', { body }))),
    find: async (workId) => WorkItem.parse(await answerOf(GET('/api/work/{id}', { params: pathOf(workId) }))),
    events: async (workId, afterSeq) => EventPage.parse(await answerOf(GET('/api/work/{id}/events', { params: { ...pathOf(workId), query: { afterSeq } } }))),
    cancel: async (workId, reason) => answerOf(POST('/api/work/{id}/cancel', { params: pathOf(workId), body: { reason } })),
  };
}
