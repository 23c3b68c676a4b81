import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keepAgentDirsBounded, pruneAgentDirs } from '../../../src/adapters/local/index.ts';
import { eventually } from '../../support/eventually.ts';
import { openLocalPlace } from './local-place.ts';
import type { LocalPlace } from './local-place.ts';

const never = new AbortController().signal;
const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 0, 31);

describe('pruneAgentDirs', () => {
  let place: LocalPlace;
  let guid: string;

  beforeEach(async () => {
    place = await openLocalPlace();
    guid = randomUUID();
  });

  afterEach(async () => {
    await place.close([guid]);
  });

  async function makeDir(name: string, ageMs: number): Promise<void> {
    const path = join(place.agentsDir, name);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'tombstone'), '');
    await utimes(path, new Date(NOW_MS - ageMs), new Date(NOW_MS - ageMs));
  }

  async function names(): Promise<readonly string[]> {
    return (await readdir(place.agentsDir)).sort();
  }

  test('removes what is older than the limit, and keeps the rest', async () => {
    await makeDir('old', 8 * 24 * HOUR_MS);
    await makeDir('young', 6 * 24 * HOUR_MS);

    expect(await pruneAgentDirs({ agentsDir: place.agentsDir, nowMs: NOW_MS })).toBe(1);
    expect(await names()).toEqual(['young']);
  });

  test('keeps the newest ones only, but never removes a tombstone that a late start might still have to find', async () => {
    await makeDir('a', 5 * HOUR_MS);
    await makeDir('b', 4 * HOUR_MS);
    await makeDir('c', HOUR_MS / 2);
    await makeDir('d', HOUR_MS / 3);

    expect(await pruneAgentDirs({ agentsDir: place.agentsDir, keepNewest: 1, nowMs: NOW_MS })).toBe(2);
    expect(await names()).toEqual(['c', 'd']);
  });

  test('never removes the directory of an agent that lives, or of which a process is left', async () => {
    const [mechanism] = place.callers;
    const other = randomUUID();
    await mechanism.start({ guid, fence: 1, argv: place.argvOf('forever.sh', place.freshPath()), env: {} }, never);
    await mechanism.start({ guid: other, fence: 1, argv: place.argvOf('launcher.sh', place.freshPath()), env: {} }, never);

    expect(await pruneAgentDirs({ agentsDir: place.agentsDir, olderThanMs: 0, keepNewest: 0, nowMs: Date.now() + HOUR_MS })).toBe(0);
    await Promise.all([guid, other].map((one) => mechanism.stop({ guid: one, handle: null, graceMs: 0 }, never)));
    expect(await pruneAgentDirs({ agentsDir: place.agentsDir, olderThanMs: 0, nowMs: Date.now() + HOUR_MS })).toBe(2);
  });

  test('cuts output that grew too large', async () => {
    await makeDir('chatty', HOUR_MS);
    await writeFile(join(place.agentsDir, 'chatty', 'stdout.log'), 'x'.repeat(5000));

    await pruneAgentDirs({ agentsDir: place.agentsDir, outputBytesMax: 4096, nowMs: NOW_MS });

    expect((await stat(join(place.agentsDir, 'chatty', 'stdout.log'))).size).toBe(0);
  });

  test('has nothing to do where no agent was ever started', async () => {
    expect(await pruneAgentDirs({ agentsDir: join(place.agentsDir, 'nowhere') })).toBe(0);
  });

  test('is repeated until closed', async () => {
    const errors: unknown[] = [];
    const keeper = keepAgentDirsBounded({
      agentsDir: place.agentsDir,
      nowMs: NOW_MS,
      intervalMs: 20,
      onError: (error) => {
        errors.push(error);
      },
    });
    for (const name of ['first', 'second']) {
      await makeDir(name, 8 * 24 * HOUR_MS);
      await eventually(async () => {
        expect(await names()).toEqual([]);
      });
    }

    await keeper.close();
    await makeDir('third', 8 * 24 * HOUR_MS);

    expect(await names()).toEqual(['third']);
    expect(errors).toEqual([]);
  });
});
