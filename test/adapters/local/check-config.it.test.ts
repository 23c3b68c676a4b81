import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalMechanism } from '../../../src/adapters/local/index.ts';
import type { LocalConfig } from '../../../src/domain/targets/configs.ts';
import type { ProbeResult } from '../../../src/domain/targets/probe.ts';

const never = new AbortController().signal;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weft-check-'));
  await writeFile(join(directory, 'agent'), '#!/bin/sh\n');
  await chmod(join(directory, 'agent'), 0o755);
  await writeFile(join(directory, 'notes'), 'not a program');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function check(config: LocalConfig): Promise<ProbeResult> {
  return createLocalMechanism({ agentsDir: join(directory, 'agents'), hostId: 'here', environment: process.env }).check(
    { mechanism: 'local', local: config },
    never,
  );
}

describe('a local target is healthy', () => {
  test.each<[string, () => LocalConfig]>([
    ['with a shell line', () => ({ command: 'no-such-program && true' })],
    ['with a program on the path', () => ({ command: 'sh', args: ['-c', 'true'] })],
    ['with an absolute program', () => ({ command: join(directory, 'agent'), args: [] })],
    ['with a program in its working directory', () => ({ command: './agent', args: [], workingDirectory: directory })],
    ['with a program on its own path', () => ({ command: 'agent', args: [], env: { PATH: directory } })],
  ])('%s', async (_what, config) => {
    expect(await check(config())).toEqual({ healthy: true });
  });
});

describe('a local target is unhealthy, and says why,', () => {
  test.each<[string, () => LocalConfig, string]>([
    ['without its program', () => ({ command: 'no-such-program', args: [] }), 'The program "no-such-program" does not exist on this host.'],
    ['with a program that may not be executed', () => ({ command: join(directory, 'notes'), args: [] }), 'may not be executed on this host.'],
    ['with a directory for a program', () => ({ command: directory, args: [] }), 'may not be executed on this host.'],
    ['without its working directory', () => ({ command: 'true', workingDirectory: join(directory, 'gone') }), 'does not exist on this host.'],
    ['with a file for a working directory', () => ({ command: 'true', workingDirectory: join(directory, 'notes') }), 'is not a directory'],
    ['with a relative working directory', () => ({ command: 'true', workingDirectory: 'work' }), 'is not absolute'],
    ['with a relative program and no working directory', () => ({ command: './agent', args: [] }), 'does not exist'],
    ['with a path that hides its program', () => ({ command: 'sh', args: [], env: { PATH: directory } }), 'does not exist'],
  ])('%s', async (_what, config, why) => {
    expect(await check(config())).toEqual({ healthy: false, error: expect.stringContaining(why) });
  });
});

test('a target of another mechanism is no local one', async () => {
  const local = createLocalMechanism({ agentsDir: join(directory, 'agents'), hostId: 'here', environment: process.env });

  const result = await local.check({ mechanism: 'kubernetes', kubernetes: { namespace: 'n', jobNamePrefix: 'p' } }, never);

  expect(result).toEqual({ healthy: false, error: expect.stringContaining('"kubernetes"') });
});
