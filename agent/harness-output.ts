import type { Asked } from '../src/domain/work/question.ts';
import type { OutputStream } from './harness.ts';
import { openLogFile } from './log-file.ts';
import { createOutputTail } from './output-tail.ts';
import { parseProgressLine } from './parse-progress-line.ts';
import type { RunOutput } from './run-result.ts';
import { createLineSplitter } from './split-lines.ts';

export interface OutputListeners {
  /** The harness wrote something. */
  readonly onActivity: () => void;
  readonly onLine: (stream: OutputStream, line: string) => void;
  readonly onProgress: (progress: number, message?: string) => void;
  readonly onQuestion: (asked: Asked) => void;
}

export interface HarnessOutput {
  readonly write: (stream: OutputStream, chunk: Buffer) => void;
  /** What is known so far; lines without an end are counted as lines. */
  readonly result: () => RunOutput;
  readonly close: () => Promise<void>;
}

const LINE_CHARS_MAX = 8192;
const TAIL_BYTES_MAX = 16_384;
const STDOUT_TAIL_BYTES_MAX = 4096;

/** Reads what the harness writes: its log file, its tail, its lines, and what it tells us by `::weft` lines on stdout. */
export function readHarnessOutput(logPath: string, listeners: OutputListeners): HarnessOutput {
  const file = openLogFile(logPath);
  const tail = createOutputTail(TAIL_BYTES_MAX);
  const stdoutTail = createOutputTail(STDOUT_TAIL_BYTES_MAX);
  const lines = {
    stdout: createLineSplitter(LINE_CHARS_MAX, (line) => {
      listeners.onLine('stdout', line);
      obey(line);
    }),
    stderr: createLineSplitter(LINE_CHARS_MAX, (line) => {
      listeners.onLine('stderr', line);
    }),
  };
  let summary: string | null = null;
  let fatal: string | null = null;

  function obey(line: string): void {
    // Most lines are not for us; the pattern is only tried on those that may be.
    if (!line.includes('::weft')) return;
    const told = parseProgressLine(line);
    switch (told?.kind) {
      case 'progress':
        listeners.onProgress(told.progress, told.message);
        return;
      case 'question':
        listeners.onQuestion(told.asked);
        return;
      case 'summary':
        summary = told.text;
        return;
      case 'fatal':
        fatal = told.reason;
        return;
      case undefined:
    }
  }

  function write(stream: OutputStream, chunk: Buffer): void {
    listeners.onActivity();
    file.write(chunk);
    tail.write(chunk);
    if (stream === 'stdout') stdoutTail.write(chunk);
    lines[stream].write(chunk);
  }

  function result(): RunOutput {
    lines.stdout.end();
    lines.stderr.end();
    return { tail: tail.text(), stdoutTail: stdoutTail.text(), summary, fatal };
  }

  return { write, result, close: file.close };
}
