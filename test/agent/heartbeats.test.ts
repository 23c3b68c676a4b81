import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createHeartbeats } from '../../agent/heartbeats.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function beats(everyMs: number) {
  const times: number[] = [];
  const start = Date.now();
  const heartbeats = createHeartbeats(
    everyMs,
    () => times.push(Date.now() - start),
    () => Date.now(),
  );
  return { times, heartbeats };
}

test('beats in its interval whether or not the harness speaks', () => {
  const { times, heartbeats } = beats(10_000);
  jest.advanceTimersByTime(30_000);
  heartbeats.stop();

  expect(times).toEqual([10_000, 20_000, 30_000]);
});

test('activity beats at most once per second, and the last activity is told', () => {
  const { times, heartbeats } = beats(60_000);
  for (let ms = 0; ms < 2500; ms += 100) {
    heartbeats.activity();
    jest.advanceTimersByTime(100);
  }
  jest.advanceTimersByTime(10_000);
  heartbeats.stop();

  expect(times).toEqual([0, 1000, 2000, 3000]);
});

test('nothing beats after the end', () => {
  const { times, heartbeats } = beats(1000);
  heartbeats.beat();
  heartbeats.activity();
  heartbeats.stop();
  jest.advanceTimersByTime(10_000);

  expect(times).toEqual([0]);
});
