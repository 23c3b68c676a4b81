import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import { openWorld } from './api-world.ts';
import type { World } from './api-world.ts';

interface CancelAnswer {
  readonly success: boolean;
  readonly message: string;
  readonly outcome: string;
  readonly workItem: WorkItem;
}

let world: World;
let item: WorkItem;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  world.engine.state = 'here';
  world.engine.cancelAnswer = 'cancelling';
  item = await world.submit();
  world.engine.calls.length = 0;
});

async function cancel(body?: object, headers: Record<string, string> = {}): Promise<CancelAnswer> {
  const answer = await world.post(`/api/work/${item.id}/cancel`, body, headers);
  expect(answer.statusCode).toBe(200);
  return answer.json<CancelAnswer>();
}

async function cancelReason(): Promise<string | null | undefined> {
  const rows = await world.query<{ cancel_reason: string | null }>('select cancel_reason from work_items where id = $1', [item.id]);
  return rows[0]?.cancel_reason;
}

describe('a cancel', () => {
  test('is written to the row, then told to the workflow', async () => {
    const { success, outcome, workItem } = await cancel({ reason: 'not needed any more' });

    expect({ success, outcome }).toEqual({ success: true, outcome: 'cancelling' });
    expect(workItem).toMatchObject({ id: item.id, cancelRequestedAt: expect.any(String) });
    expect(await cancelReason()).toBe('not needed any more');
    expect(world.engine.calls).toEqual([`cancelWork ${item.id} not needed any more`]);
  });

  test.each([
    ['no body and no content type', undefined, {}],
    ['no body but a JSON content type', '', { 'content-type': 'application/json' }],
    ['no body but curl’s content type', '', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['an empty object', {}, {}],
    ['fields that are not known', { force: true }, {}],
  ])('needs no reason: %s', async (_what, body, headers) => {
    const { outcome } = await cancel(body as object | undefined, headers);

    expect(outcome).toBe('cancelling');
    expect(await cancelReason()).toBe('cancelled through the API');
  });

  test('again changes nothing and says the same', async () => {
    await cancel({ reason: 'first' });

    expect(await cancel({ reason: 'second' })).toMatchObject({ success: true, outcome: 'cancelling' });
    expect(await cancelReason()).toBe('first');
  });

  test('starts a workflow that was never started, so that it settles the item', async () => {
    world.engine.cancelAnswer = 'not-running';

    expect(await cancel()).toMatchObject({ outcome: 'cancelling' });
    const told = `cancelWork ${item.id} cancelled through the API`;
    expect(world.engine.calls).toEqual([told, `startWork ${item.id}`, told]);
  });

  test('loses against an end that the workflow accepted before', async () => {
    world.engine.cancelAnswer = 'already-settled';

    expect(await cancel()).toMatchObject({ success: true, outcome: 'already-settled' });
  });

  test('of a settled item changes nothing, and does not bother the engine', async () => {
    await world.query("update work_items set phase = 'completed', settled_at = now() where id = $1", [item.id]);

    const answer = await cancel();

    expect(answer).toMatchObject({ success: true, outcome: 'already-settled', workItem: { status: 'completed' } });
    expect(answer.message).toContain('completed');
    expect(await cancelReason()).toBeNull();
    expect(world.engine.calls).toEqual([]);
  });

  test.each(['away', 'silent', 'broken'] as const)('holds while the engine is %s', async (state) => {
    world.engine.state = state;
    const startedMs = performance.now();

    const { outcome, message, workItem } = await cancel({ reason: 'stop' });

    expect(outcome).toBe('cancelling');
    expect(message).toContain('takes effect when the workflow engine is back');
    expect(workItem.cancelRequestedAt).toBeDefined();
    expect(await cancelReason()).toBe('stop');
    expect(performance.now() - startedMs).toBeLessThan(40_000);
  });
});
