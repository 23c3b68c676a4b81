import { expect, test } from '@jest/globals';
import { BoundedMap } from '../../bridge/bounded-map.ts';

test('forgets what was used longest ago when it is full, and says so', () => {
  const forgotten: number[] = [];
  const map = new BoundedMap<string, number>(2, (value) => forgotten.push(value));

  map.set('a', 1);
  map.set('b', 2);
  map.get('a');
  map.set('c', 3);

  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3]);
  expect(forgotten).toEqual([2]);
});

test('replacing a value forgets nothing', () => {
  const forgotten: number[] = [];
  const map = new BoundedMap<string, number>(2, (value) => forgotten.push(value));

  map.set('a', 1);
  map.set('a', 2);

  expect(map.get('a')).toBe(2);
  expect(forgotten).toEqual([]);
});

test('clearing forgets everything', () => {
  const forgotten: number[] = [];
  const map = new BoundedMap<string, number>(5, (value) => forgotten.push(value));
  map.set('a', 1);
  map.set('b', 2);

  map.clear();

  expect(forgotten).toEqual([1, 2]);
  expect(map.get('a')).toBeUndefined();
});
