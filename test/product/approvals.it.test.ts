import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerOf, createClient } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import type { WorkId } from '../../src/domain/ids.ts';
import { eventually } from '../support/eventually.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { eventsOf, submit, untilSettled } from '../support/settled.ts';

const WAIT_MS = 90_000;
const TEST_MS = 300_000;
const CALL_MS = 15_000;

type ApprovalWish = NonNullable<Schemas['OwnPolicyInput']['approval']>;

let weft: Product;

beforeAll(async () => {
  weft = createProduct('source');
  await weft.start();
  await weft.registerTarget('gated');
}, TEST_MS);

afterAll(async () => {
  await weft.stop();
}, TEST_MS);

// It listens on another port after a restart.
function rest() {
  return createClient({ baseUrl: weft.ready().api, timeoutMs: CALL_MS });
}

/** Submitted under this policy, and waiting for a person. */
async function asked(taskId: string, approval: ApprovalWish): Promise<WorkId> {
  const path = { params: { path: { id: 'default' } } };
  const { version } = await answerOf(rest().GET('/api/projects/{id}', path));
  await answerOf(rest().PUT('/api/projects/{id}', { ...path, body: { version, policy: { approval: { boundaries: ['open-source'], ...approval } } } }));
  const workId = await submit(weft, { taskId, capability: 'gated', description: 'for 1' });
  await eventually(async () => {
    expect((await eventsOf(weft, workId)).map(({ type }) => type)).toContain('work:approval-requested');
  }, WAIT_MS);
  return workId;
}

function decide(workId: WorkId, verdict: 'approve' | 'reject', reason: string): Promise<Schemas['WorkApprovalResult']> {
  return answerOf(rest().POST(`/api/work/{id}/${verdict}`, { params: { path: { id: workId } }, body: { reason } }));
}

test(
  'work that a person must approve starts after that and not before, also when everything was killed meanwhile; it is decided about once',
  async () => {
    const workId = await asked('approved', {});
    await weft.killAll9();
    await weft.start();
    expect(await weft.client().find(workId)).toMatchObject({ status: 'pending', reason: 'waits for approval', approval: { state: 'pending' } });
    expect(weft.runsOf('approved')).toEqual([]);

    expect(await decide(workId, 'approve', 'looks good')).toMatchObject({ outcome: 'decided' });
    expect(await decide(workId, 'approve', 'looks good')).toMatchObject({ outcome: 'joined' });
    await expect(decide(workId, 'reject', 'too dear')).rejects.toMatchObject({ status: 409, code: 'APPROVAL_CLOSED' });

    expect(await untilSettled(weft, workId, WAIT_MS)).toMatchObject({ phase: 'completed', approval: { state: 'approved', reason: 'looks good' } });
    expect(weft.runsOf('approved')).toEqual(['started', 'done']);
  },
  TEST_MS,
);

test(
  'work that was rejected has failed, was never begun, and cannot be approved any more',
  async () => {
    const workId = await asked('rejected', {});

    await decide(workId, 'reject', 'too dear');

    expect(await untilSettled(weft, workId, WAIT_MS)).toMatchObject({
      phase: 'dead-lettered',
      error: { message: expect.stringContaining('too dear') },
      approval: { state: 'rejected', reason: 'too dear' },
    });
    await expect(decide(workId, 'approve', 'after all')).rejects.toMatchObject({ status: 409, code: 'APPROVAL_CLOSED' });
    expect(weft.runsOf('rejected')).toEqual([]);
  },
  TEST_MS,
);

test.each([
  { onExpiry: 'reject', phase: 'dead-lettered', state: 'rejected', runs: [] },
  { onExpiry: 'proceed', phase: 'completed', state: 'proceeded', runs: ['started', 'done'] },
] as const)(
  'work that nobody decides about in time, where that means $onExpiry, ends as $phase',
  async ({ onExpiry, phase, state, runs }) => {
    const workId = await asked(`expires-${onExpiry}`, { onExpiry, expiresAfterMs: 1000 });

    expect(await untilSettled(weft, workId, WAIT_MS)).toMatchObject({ phase, approval: { state } });

    await expect(decide(workId, 'approve', 'late')).rejects.toMatchObject({ status: 409, code: 'APPROVAL_CLOSED', details: { state } });
    expect(weft.runsOf(`expires-${onExpiry}`)).toEqual(runs);
  },
  TEST_MS,
);
