import { describe, expect, test } from '@jest/globals';
import { SessionState } from '../../../src/domain/agents/session.ts';
import { judgeItem, judgeSession } from '../../../src/domain/work/judge-holder.ts';
import type { ItemFacts, RunDescription } from '../../../src/domain/work/judge-holder.ts';

const NOW_MS = 1000;
const running: RunDescription = { kind: 'running', runId: 'run' };
const closed: RunDescription = { kind: 'closed', runId: 'run', status: 'TERMINATED' };
const unknown: RunDescription = { kind: 'unknown' };

function item(differs: Partial<ItemFacts> = {}): ItemFacts {
  return { runId: 'run', retries: 0, cancelReason: null, rejection: null, failedDependency: null, settleByMs: NOW_MS + 1, ...differs };
}

describe('the reconciler, about an unsettled item', () => {
  test.each<[string, ItemFacts, RunDescription, unknown]>([
    ['leaves it alone while its workflow runs', item(), running, { kind: 'fine' }],
    ['tells the workflow of a cancel that stands in the row', item({ cancelReason: 'why' }), running, { kind: 'tell-cancel', reason: 'why' }],
    ['tells the cancel first, also when time is up', item({ cancelReason: 'why', settleByMs: 0 }), running, { kind: 'tell-cancel', reason: 'why' }],
    ['expires it when its time is up', item({ settleByMs: NOW_MS }), running, { kind: 'expire', failedDependency: null }],
    ['fails it with what it depends on', item({ failedDependency: 'why', settleByMs: 0 }), running, { kind: 'expire', failedDependency: 'why' }],
    ['tells the cancel before that', item({ failedDependency: 'why', cancelReason: 'no' }), running, { kind: 'tell-cancel', reason: 'no' }],
    ['ends it when it was rejected', item({ rejection: 'rejected by kim' }), running, { kind: 'reject', reason: 'rejected by kim' }],
    ['starts it when its workflow was never seen', item({ runId: null }), unknown, { kind: 'start' }],
    ['starts it also when it was cancelled: only a workflow settles', item({ runId: null, cancelReason: 'why' }), unknown, { kind: 'start' }],
    [
      'settles it when its workflow was ended',
      item(),
      closed,
      { kind: 'terminated', runId: 'run', message: 'its workflow was ended (terminated) before it was settled' },
    ],
    ['settles it for the run that the row knows', item({ runId: 'older' }), closed, expect.objectContaining({ kind: 'terminated', runId: 'older' })],
    ['settles it for the closed run when the row knows none', item({ runId: null }), closed, expect.objectContaining({ kind: 'terminated', runId: 'run' })],
    ['starts it when it is to be driven again and only the run before that is known', item({ runId: null, retries: 1 }), closed, { kind: 'start' }],
    ['starts it when it is to be driven again for the second time', item({ runId: null, retries: 2 }), { ...closed, retries: 1 }, { kind: 'start' }],
    [
      'settles it when the run that was to drive it again was ended before it began',
      item({ runId: null, retries: 2 }),
      { ...closed, retries: 2 },
      expect.objectContaining({ kind: 'terminated', runId: 'run' }),
    ],
    [
      'settles it when the run that drives it again was ended',
      item({ retries: 1 }),
      { ...closed, retries: 1 },
      expect.objectContaining({ kind: 'terminated' }),
    ],
    ['settles it when its workflow has vanished', item(), unknown, { kind: 'terminated', runId: 'run', message: 'its workflow no longer exists' }],
  ])('%s', (...[, facts, run, verdict]) => {
    expect(judgeItem(facts, run, NOW_MS)).toEqual(verdict);
  });
});

describe('the reconciler, about a session that is not gone', () => {
  test.each(SessionState.options)('in state %s: reaps it when its supervision has ended', (state) => {
    expect(judgeSession({ state, hostGone: null }, closed)).toEqual({ kind: 'reap', message: 'its supervision was ended (terminated)' });
  });

  test.each(SessionState.options)('in state %s: one without any supervision is given one only before it has begun, on a host that is there', (state) => {
    const reaped = { kind: 'reap', message: 'its supervision does not exist' };
    expect(judgeSession({ state, hostGone: null }, unknown)).toEqual(state === 'starting' ? { kind: 'start' } : reaped);
    expect(judgeSession({ state, hostGone: 'it burnt' }, unknown)).toEqual(reaped);
  });

  test.each(SessionState.options)('in state %s: tells a running supervision only what it may have missed', (state) => {
    expect(judgeSession({ state, hostGone: null }, running)).toEqual({ kind: state === 'draining' ? 'tell-stop' : 'fine' });
  });

  test.each(SessionState.options)('in state %s: tells its supervision that its host is gone, and gives it one first where there is none', (state) => {
    expect(judgeSession({ state, hostGone: 'it is gone' }, running)).toEqual({ kind: 'tell-host-gone', reason: 'it is gone' });
    expect(judgeSession({ state, hostGone: 'it is gone' }, closed)).toMatchObject({ kind: 'reap' });
  });
});
