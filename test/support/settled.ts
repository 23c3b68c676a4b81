import { expect } from '@jest/globals';
import { answerOf, createClient } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import type { EventName, WeftEvent } from '../../src/domain/events/event.ts';
import type { WorkId } from '../../src/domain/ids.ts';
import { isSettled, WorkItem } from '../../src/domain/work/work-item.ts';
import { eventually } from './eventually.ts';
import type { Product } from './product.ts';

const REQUEST_TIMEOUT_MS = 15_000;

/** What a test asks for; the rest is the same everywhere. */
export type TestWork = Pick<Schemas['WorkSubmitInput'], 'capability' | 'description' | 'limits' | 'deadline'> & { readonly taskId: string };

export async function submit(product: Product, work: TestWork): Promise<WorkId> {
  const { id } = await product.client().submit({ boundary: 'open-source', ...work });
  return id;
}

/** Submits as a patient client does: under one key, again and again until it is answered. */
export async function submitUntilTaken(product: Product, work: TestWork, timeoutMs: number): Promise<WorkId> {
  return eventually(async () => {
    const { POST } = createClient({ baseUrl: product.ready().api, timeoutMs: REQUEST_TIMEOUT_MS, retriesMax: 0 });
    const body = { boundary: 'open-source', ...work };
    return WorkItem.parse(await answerOf(POST('/api/work', { params: { header: { 'idempotency-key': work.taskId } }, body }))).id;
  }, timeoutMs);
}

/** The item, once it is settled; on failure the message tells what it was doing. */
export async function untilSettled(product: Product, workId: WorkId, timeoutMs: number): Promise<WorkItem> {
  return eventually(async () => {
    const item = await product.client().find(workId);
    if (!isSettled(item.phase)) throw new Error(`${item.taskId} (${workId}) is ${item.phase}: ${item.reason ?? ''}\n${await storyOf(product, workId)}`);
    return item;
  }, timeoutMs);
}

/** It was completed once and its work done once, after so many attempts, each under a new fence. */
export async function expectDoneOnce(product: Product, workId: WorkId, { attempts, timeoutMs }: { attempts: readonly number[]; timeoutMs: number }) {
  const item = await untilSettled(product, workId, timeoutMs);
  const events = await eventsOf(product, workId);
  const types = events.map(({ type }) => type);
  const story = `${item.taskId}:\n${toStory(events)}`;
  expect({ story, phase: item.phase }).toEqual({ story, phase: 'completed' });
  expect({ story, isExpected: attempts.includes(item.attempts) }).toEqual({ story, isExpected: true });
  expect(types.filter((type) => type === 'work:completed')).toHaveLength(1);
  const fences = events.filter(({ type }) => type === 'work:granted').map(({ fence }) => fence ?? 0);
  expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
  const done = product.journal().filter((line) => line.startsWith(`done ${item.taskId} `));
  expect({ story, done }).toEqual({ story, done: [`done ${item.taskId} ${String(item.attempts)}`] });
}

/** The `nth` (from 1) event of a type, once it is there. */
export async function untilEvent(product: Product, workId: WorkId, wanted: { type: EventName; nth?: number; timeoutMs: number }): Promise<WeftEvent> {
  return eventually(async () => {
    const found = (await eventsOf(product, workId)).filter(({ type }) => type === wanted.type)[(wanted.nth ?? 1) - 1];
    if (found === undefined) throw new Error(`${workId} has no ${wanted.type} yet.\n${await storyOf(product, workId)}`);
    return found;
  }, wanted.timeoutMs);
}

/** All events of an item; they must be numbered without a gap, and begin with its submission. */
export async function eventsOf(product: Product, workId: WorkId): Promise<readonly WeftEvent[]> {
  const events: WeftEvent[] = [];
  for (;;) {
    const page = await product.client().events(workId, events.length);
    events.push(...page.events);
    if (page.events.length === 0) break;
  }
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events[0]?.type).toBe('work:submitted');
  return events;
}

/** Nothing is held by a settled item, nothing waits, and every living agent belongs to a session that may have one. */
export async function expectNothingHeld(product: Product, timeoutMs: number): Promise<void> {
  await eventually(async () => {
    expect(await product.query(`SELECT work_id, state FROM slots WHERE state <> 'released'`)).toEqual([]);
    expect(await product.query(`SELECT work_id FROM leases UNION ALL SELECT work_id FROM queue UNION ALL SELECT work_id FROM parked_reports`)).toEqual([]);
    expect(await product.query(`SELECT guid, state, end_cause FROM sessions WHERE state NOT IN ('gone', 'free')`)).toEqual([]);
    const free = await product.query(`SELECT guid FROM sessions WHERE state = 'free'`);
    const alive = new Set(product.agents().map(({ guid }) => guid));
    expect([...alive].sort()).toEqual(free.map(({ guid }) => guid).sort());
  }, timeoutMs);
}

async function storyOf(product: Product, workId: WorkId): Promise<string> {
  return toStory(await eventsOf(product, workId));
}

function toStory(events: readonly WeftEvent[]): string {
  return events.map(({ timestamp, type, fence, data }) => `  ${timestamp} ${type} (fence ${String(fence ?? '-')}) ${JSON.stringify(data)}`).join('\n');
}
