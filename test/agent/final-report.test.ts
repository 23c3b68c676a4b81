import { describe, expect, test } from '@jest/globals';
import { interruptedReport, toFinalReport } from '../../agent/final-report.ts';
import type { FinalBody } from '../../agent/final-report.ts';
import type { GitFacts } from '../../agent/git-facts.ts';
import type { HarnessExit, RunOutput, RunResult } from '../../agent/run-result.ts';
import { REPORT_BYTES_MAX, Report } from '../../src/domain/agents/report.ts';
import { anAssignment } from './assignment.ts';

const AT = '2026-01-02T03:04:05.000Z';

function exited(exit: HarnessExit, output: Partial<RunOutput> = {}, git: GitFacts | null = null): RunResult {
  return { kind: 'exited', exit, durationMs: 12, git, output: { tail: '', stdoutTail: '', summary: null, fatal: null, ...output } };
}

function onTheWire(body: FinalBody): { readonly report: Report; readonly bytes: number } {
  const { workId, projectId, guid, fence, runToken } = anAssignment();
  const text = JSON.stringify({ workId, projectId, guid, fence, runToken, seq: 3, sentAt: AT, ...body });
  return { report: Report.parse(JSON.parse(text)), bytes: Buffer.byteLength(text) };
}

describe('a command that exits with 0', () => {
  test('is completed, with its last lines as the summary', () => {
    const body = toFinalReport(exited({ code: 0 }, { tail: 'noise\nok\n', stdoutTail: 'a\n\n::weft progress=90\nok \n' }), AT);

    expect(onTheWire(body).report).toMatchObject({
      kind: 'completed',
      result: { summary: 'a\nok', output: { exitCode: 0, tail: 'noise\nok\n', durationMs: 12 }, completedAt: AT },
    });
  });

  test('is summed up by its own words when it gives some', () => {
    const body = toFinalReport(exited({ code: 0 }, { stdoutTail: 'ok', summary: 'Fixed the bug' }), AT);

    expect(body).toMatchObject({ result: { summary: 'Fixed the bug' } });
  });

  test('has no summary when it says nothing', () => {
    expect(toFinalReport(exited({ code: 0 }), AT)).toMatchObject({ result: { output: { exitCode: 0 } } });
    expect(toFinalReport(exited({ code: 0 }), AT)).not.toHaveProperty('result.summary');
  });

  test('tells what it changed in git', () => {
    const git: GitFacts = { head: { before: 'a', after: 'b' }, changedFiles: ['x.ts'], changedFilesTruncated: false, diff: '+1', diffTruncated: false };

    expect(toFinalReport(exited({ code: 0 }, {}, git), AT)).toMatchObject({ result: { output: { git } } });
  });

  test('fits into a report whatever it wrote and changed', () => {
    const control = '\u0001'.repeat(20_000);
    const changedFiles = Array.from({ length: 500 }, (_, i) => `${'\u0002'.repeat(100)}${String(i)}`);
    const git: GitFacts = {
      head: { before: null, after: null },
      changedFiles,
      changedFilesTruncated: false,
      diff: '\u0003'.repeat(65_536),
      diffTruncated: false,
    };

    const { report, bytes } = onTheWire(toFinalReport(exited({ code: 0 }, { tail: control, stdoutTail: control }, git), AT));

    expect(bytes).toBeLessThanOrEqual(REPORT_BYTES_MAX);
    expect(report).toMatchObject({ result: { output: { git: { diffTruncated: true } } } });
  });
});

describe('a command that does not exit with 0', () => {
  test('has failed, with its code and its last lines', () => {
    const body = toFinalReport(exited({ code: 3 }, { tail: 'compiling\n\nerror: no such file\n' }), AT);

    expect(onTheWire(body).report).toMatchObject({
      kind: 'failed',
      code: 'HARNESS_EXIT',
      message: 'The command exited with code 3.\ncompiling\nerror: no such file',
      recoverable: true,
      interrupted: false,
    });
  });

  test('names the signal that ended it', () => {
    expect(toFinalReport(exited({ signal: 'SIGSEGV' }), AT)).toMatchObject({
      code: 'HARNESS_SIGNAL',
      message: 'The command was ended by SIGSEGV.',
      recoverable: true,
    });
  });

  test('is not tried again when it says that this is of no use', () => {
    const body = toFinalReport(exited({ code: 1 }, { fatal: 'the repository is gone', tail: '::weft fatal=the repository is gone\n' }), AT);

    expect(body).toMatchObject({ recoverable: false, message: 'the repository is gone\nThe command exited with code 1.' });
  });

  test('is described in bounded space, the end first of all', () => {
    const body = toFinalReport(exited({ code: 1 }, { tail: `${'x'.repeat(30_000)}\nthe reason` }), AT);

    expect(onTheWire(body).report).toMatchObject({ message: expect.stringMatching(/^The command exited.{0,8200}the reason$/su) });
  });
});

test('a harness that cannot be started has failed and may be tried elsewhere', () => {
  expect(toFinalReport({ kind: 'not-started', message: 'spawn nope ENOENT' }, AT)).toMatchObject({
    kind: 'failed',
    code: 'HARNESS_NOT_STARTED',
    recoverable: true,
  });
});

test('an interrupted run is not the fault of the item', () => {
  expect(onTheWire(interruptedReport()).report).toMatchObject({ kind: 'failed', recoverable: true, interrupted: true });
});
