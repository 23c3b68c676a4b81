import type { EventName, WeftEvent } from '../../src/domain/events/event.ts';
import type { AgentGuid, WorkId } from '../../src/domain/ids.ts';
import { isSettled } from '../../src/domain/work/work-item.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import type { WeftClient } from './client.ts';
import { SETTLED_WITHIN_MS, STARTED_WITHIN_MS } from './clocks.ts';
import { UnmetExpectation } from './expectation.ts';
import { waitFor } from './wait-for.ts';

/** One submitted item, watched through its events. Each wait reads on and shows what is new. */
export interface FollowedItem {
  readonly workId: WorkId;
  /** What has been read so far, in order. */
  readonly events: () => readonly WeftEvent[];
  readonly eventsOfType: (type: EventName) => readonly WeftEvent[];
  /** The `nth` (from 1) event of a type. */
  readonly untilEvent: (type: EventName, options?: { nth?: number; timeoutMs?: number }) => Promise<WeftEvent>;
  /** The agent that has taken the item and reports on it. */
  readonly untilWorking: (timeoutMs?: number) => Promise<AgentGuid>;
  readonly untilSettled: (timeoutMs?: number) => Promise<WorkItem>;
}

export function followItem(workId: WorkId, deps: { client: WeftClient; signal: AbortSignal; onEvent: (event: WeftEvent) => void }): FollowedItem {
  const { client, signal, onEvent } = deps;
  const events: WeftEvent[] = [];
  const eventsOfType = (type: EventName): readonly WeftEvent[] => events.filter((event) => event.type === type);
  const seen = (): string => `the events ${events.map(({ type }) => type).join(' ')}`;

  async function readOn(): Promise<void> {
    const page = await client.events(workId, events.at(-1)?.seq ?? 0);
    for (const event of page.events) {
      events.push(event);
      onEvent(event);
    }
  }

  async function untilEvent(type: EventName, { nth = 1, timeoutMs = SETTLED_WITHIN_MS } = {}): Promise<WeftEvent> {
    return waitFor({ what: nth === 1 ? `the event ${type}` : `event number ${String(nth)} of ${type}`, timeoutMs, signal, seen }, async () => {
      await readOn();
      return eventsOfType(type)[nth - 1] ?? null;
    });
  }

  return {
    workId,
    events: () => events,
    eventsOfType,
    untilEvent,
    untilWorking: async (timeoutMs = STARTED_WITHIN_MS) => {
      const { agentGuid } = await untilEvent('work:started', { timeoutMs });
      if (agentGuid === undefined) throw new UnmetExpectation('work:started to name its agent', 'no agentGuid');
      return agentGuid;
    },
    untilSettled: (timeoutMs = SETTLED_WITHIN_MS) =>
      waitFor({ what: 'the item to be settled', timeoutMs, signal, seen }, async () => {
        await readOn();
        const item = await client.find(workId);
        if (!isSettled(item.phase)) return null;
        await readOn();
        return item;
      }),
  };
}
