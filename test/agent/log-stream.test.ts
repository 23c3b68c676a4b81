import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { LogChunk } from '../../src/domain/agents/log-chunk.ts';
import { createLogStream } from '../../agent/log-stream.ts';
import { WORK_A, anAssignment } from './assignment.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function collect() {
  const subjects: string[] = [];
  const chunks: LogChunk[] = [];
  const publish = (subject: string, body: string): void => {
    subjects.push(subject);
    chunks.push(LogChunk.parse(JSON.parse(body)));
  };
  return { subjects, chunks, stream: createLogStream(anAssignment(), { publish, nowMs: () => Date.now() }) };
}

test('sends lines in batches, in the order they came', () => {
  const { subjects, chunks, stream } = collect();
  stream.line('stdout', 'one');
  stream.line('stderr', 'two');
  jest.advanceTimersByTime(300);
  stream.line('stdout', 'three');
  stream.end();

  expect(subjects).toEqual([`weft.v1.default.log.${WORK_A}`, `weft.v1.default.log.${WORK_A}`]);
  expect(chunks).toMatchObject([
    {
      seq: 1,
      lines: [
        { stream: 'stdout', text: 'one' },
        { stream: 'stderr', text: 'two' },
      ],
      linesDropped: 0,
    },
    { seq: 2, lines: [{ stream: 'stdout', text: 'three' }] },
  ]);
});

test('drops and counts what exceeds the rate, and recovers', () => {
  const { chunks, stream } = collect();
  for (let i = 0; i < 10_000; i += 1) stream.line('stdout', 'x'.repeat(100));
  jest.advanceTimersByTime(10_000);
  stream.line('stdout', 'after the flood');
  stream.end();

  const lines = chunks.flatMap((chunk) => chunk.lines);
  const dropped = chunks.reduce((sum, chunk) => sum + chunk.linesDropped, 0);
  expect(lines.length + dropped).toBe(10_001);
  expect(lines.length).toBeLessThan(2500);
  expect(lines.at(-1)).toEqual({ stream: 'stdout', text: 'after the flood' });
});
