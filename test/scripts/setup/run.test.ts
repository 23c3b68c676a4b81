import { describe, expect, test } from '@jest/globals';
import { run } from '../../../scripts/setup/run.mjs';

describe('running a program', () => {
  test('tells its exit code and what it said', async () => {
    expect(await run('/bin/sh', ['-c', 'echo out; echo err >&2; exit 3'], { timeoutMs: 30_000 })).toEqual({ code: 3, output: 'out\nerr\n' });
  });

  test('keeps both ends of a long output, because the reason may stand at either', async () => {
    const result = (await run('/bin/sh', ['-c', 'echo first; seq 1 9999; echo last'], { timeoutMs: 30_000 })) as { output: string };

    expect(result.output).toMatch(/^first\n1\n2\n[^]*\n…\n[^]*\n9999\nlast\n$/);
    expect(result.output.length).toBeLessThan(4100);
  });

  test('tells why it could not be started', async () => {
    expect(await run('/nothing/here', [], { timeoutMs: 30_000 })).toEqual({ code: null, output: expect.stringContaining('ENOENT') });
  });

  test('is ended in time together with children that hold its output open', async () => {
    const begun = performance.now();

    const result: unknown = await run('/bin/sh', ['-c', 'sleep 60 & sleep 60'], { timeoutMs: 200 });

    expect(result).toEqual({ code: null, output: expect.stringContaining('ended after 0.2 s') });
    expect(performance.now() - begun).toBeLessThan(30_000);
  });
});
