import { expect, test } from '@jest/globals';
import { createBriefMemory } from '../../../src/adapters/postgres/brief-memory.ts';

function openMemory(bounds: { ageMsMax: number; sizeMax: number }) {
  let clockMs = 0;
  const memory = createBriefMemory<string, number>({ ...bounds, nowMs: () => clockMs });
  return { memory, pass: (ms: number) => (clockMs += ms) };
}

test('a value is there until its time is over, and anew when it was put again', () => {
  const { memory, pass } = openMemory({ ageMsMax: 1000, sizeMax: 10 });
  memory.put('a', 1);
  memory.put('b', 2);

  pass(999);
  expect([memory.get('a'), memory.get('b'), memory.get('c')]).toEqual([1, 2, undefined]);
  memory.put('a', 3);
  pass(1);
  expect([memory.get('a'), memory.get('b')]).toEqual([3, undefined]);
});

test('no more are held than its size, the oldest one goes first', () => {
  const { memory } = openMemory({ ageMsMax: 1000, sizeMax: 2 });
  for (const [index, key] of ['a', 'b', 'a', 'c'].entries()) memory.put(key, index);

  expect([memory.get('a'), memory.get('b'), memory.get('c')]).toEqual([2, undefined, 3]);
});
