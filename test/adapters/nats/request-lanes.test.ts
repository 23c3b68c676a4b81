import { expect, test } from '@jest/globals';
import { RequestLanes } from '../../../src/adapters/nats/request-lanes.ts';
import type { Job } from '../../../src/adapters/nats/request-lanes.ts';

const LIMITS = { width: 2, waitingMax: 3, waitingBytesMax: 100, waitMsMax: 1000 };

/** Lanes whose jobs end when they are told to, and a clock that is set by hand. */
function openLanes(limits: Partial<typeof LIMITS> = {}) {
  const clock = { nowMs: 0 };
  const lanes = new RequestLanes({ ...LIMITS, ...limits }, () => clock.nowMs);
  const begun: string[] = [];
  const refused: string[] = [];
  const ends = new Map<string, () => void>();
  const job = (name: string, bytes = 1): Job => ({
    bytes,
    run: () =>
      new Promise((resolve) => {
        begun.push(name);
        ends.set(name, resolve);
      }),
    refuse: () => {
      refused.push(name);
    },
  });
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { lanes, clock, begun, refused, job, end };
}

test('so many run at once; the next begins when one ends, in order', async () => {
  const { lanes, begun, job, end } = openLanes();
  for (const name of ['a', 'b', 'c', 'd']) lanes.add(job(name));
  expect(begun).toEqual(['a', 'b']);
  await end('b');
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('whoever comes when too many wait is refused at once', () => {
  const { lanes, refused, job } = openLanes();
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) lanes.add(job(name));
  expect(refused).toEqual(['f']);
});

test('whoever would make the waiting ones too heavy is refused at once', () => {
  const { lanes, refused, job } = openLanes();
  for (const name of ['a', 'b', 'c']) lanes.add(job(name, 60));
  lanes.add(job('d', 60));
  expect(refused).toEqual(['d']);
});

test('whoever has waited too long is refused instead of being done late', async () => {
  const { lanes, clock, begun, refused, job, end } = openLanes({ width: 1 });
  lanes.add(job('a'));
  lanes.add(job('b'));
  clock.nowMs = 1001;
  lanes.add(job('c'));
  await end('a');
  expect([begun, refused]).toEqual([['a', 'c'], ['b']]);
});

test('the end waits for all that wait', async () => {
  const { lanes, begun, refused, job, end } = openLanes({ width: 1 });
  lanes.add(job('a'));
  lanes.add(job('b'));
  const finished = lanes.finish(5000);
  await end('a');
  await end('b');
  await finished;
  expect([begun, refused]).toEqual([['a', 'b'], []]);
});

test('the end does not wait for ever: what has not begun is refused', async () => {
  const { lanes, refused, job } = openLanes({ width: 1 });
  lanes.add(job('a'));
  lanes.add(job('b'));
  await lanes.finish(10);
  expect(refused).toEqual(['b']);
});
