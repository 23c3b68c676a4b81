import { REPORT_BYTES_MAX } from '../src/domain/agents/report.ts';
import type { FinalReport } from '../src/domain/agents/report.ts';
import { cutText, cutTextToEnd } from './cut-text.ts';
import type { GitFacts } from './git-facts.ts';
import type { HarnessExit, RunOutput, RunResult } from './run-result.ts';

/** A final report without what every report carries (ids, fence, seq, token, time). */
export type FinalBody = BodyOf<FinalReport>;
type BodyOf<R> = R extends FinalReport ? Omit<R, 'workId' | 'projectId' | 'guid' | 'fence' | 'seq' | 'runToken' | 'sentAt'> : never;

type Completed = Extract<FinalBody, { kind: 'completed' }>;

// The schema allows 16,384; a person reads a few lines.
const MESSAGE_CHARS_MAX = 8192;
const MESSAGE_LINES_MAX = 40;
const SUMMARY_CHARS_MAX = 2048;
const SUMMARY_LINES_MAX = 5;
// Room for what every report carries.
const BODY_BYTES_MAX = REPORT_BYTES_MAX - 4096;

/** What the server is told about the end of a run. `completedAt` is an ISO time. */
export function toFinalReport(result: RunResult, completedAt: string): FinalBody {
  switch (result.kind) {
    case 'stopped':
      return interruptedReport();
    case 'not-started':
      return failed('HARNESS_NOT_STARTED', result.message, true);
    case 'exited':
      if ('code' in result.exit && result.exit.code === 0) return fitCompleted(completed(result, completedAt));
      return failed(exitCode(result.exit), failureMessage(result.exit, result.output), result.output.fatal === null);
  }
}

/** The runner leaves while the item is at work; not the item's fault. */
export function interruptedReport(): FinalBody {
  return { ...failed('INTERRUPTED', 'The agent was told to leave while it worked on the item.', true), interrupted: true };
}

function completed(result: Extract<RunResult, { kind: 'exited' }>, completedAt: string): Completed {
  const { output, durationMs, git } = result;
  const summary = cutText(output.summary ?? lastLines(output.stdoutTail, SUMMARY_LINES_MAX), SUMMARY_CHARS_MAX);
  return {
    kind: 'completed',
    result: {
      ...(summary === '' ? {} : { summary }),
      output: { exitCode: 0, tail: output.tail, durationMs, ...(git === null ? {} : { git }) },
      completedAt,
    },
  };
}

function failed(code: string, message: string, recoverable: boolean): Extract<FinalBody, { kind: 'failed' }> {
  return { kind: 'failed', code, message: cutText(message, MESSAGE_CHARS_MAX), recoverable, interrupted: false };
}

function exitCode(exit: HarnessExit): string {
  return 'code' in exit ? 'HARNESS_EXIT' : 'HARNESS_SIGNAL';
}

function failureMessage(exit: HarnessExit, { fatal, tail }: RunOutput): string {
  const how = 'code' in exit ? `The command exited with code ${String(exit.code)}.` : `The command was ended by ${exit.signal}.`;
  const head = fatal === null ? how : `${fatal}\n${how}`;
  const lines = lastLines(tail, MESSAGE_LINES_MAX);
  return lines === '' ? head : `${head}\n${cutTextToEnd(lines, MESSAGE_CHARS_MAX - head.length - 1)}`;
}

/** The last non-empty lines that are not directives. */
function lastLines(text: string, linesMax: number): string {
  const lines = text.split('\n').map((line) => line.trimEnd());
  return lines
    .filter((line) => line !== '' && !line.trimStart().startsWith('::weft '))
    .slice(-linesMax)
    .join('\n');
}

/** Cuts the diff, then the tail, then the list of files, until the report fits: characters that JSON escapes grow up to six times. */
function fitCompleted(report: Completed): Completed {
  let fitted = report;
  while (Buffer.byteLength(JSON.stringify(fitted)) > BODY_BYTES_MAX) fitted = shrink(fitted);
  return fitted;
}

function shrink(report: Completed): Completed {
  const { output } = report.result;
  const git = output?.['git'] as GitFacts | undefined; // written by `completed` above
  if (git !== undefined && git.diff !== '') {
    return withOutput(report, { git: { ...git, diff: cutText(git.diff, Math.floor(git.diff.length / 2)), diffTruncated: true } });
  }
  const tail = String(output?.['tail']);
  if (tail.length > 1024) return withOutput(report, { tail: cutTextToEnd(tail, Math.floor(tail.length / 2)) });
  if (git !== undefined && git.changedFiles.length > 0) {
    const changedFiles = git.changedFiles.slice(0, Math.floor(git.changedFiles.length / 2));
    return withOutput(report, { git: { ...git, changedFiles, changedFilesTruncated: true } });
  }
  return withOutput(report, { tail: '' });
}

function withOutput(report: Completed, part: Readonly<Record<string, unknown>>): Completed {
  return { ...report, result: { ...report.result, output: { ...report.result.output, ...part } } };
}
