import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startedAt, withLock } from '../../../scripts/setup/lock.mjs';

const lockModule = fileURLToPath(new URL('../../../scripts/setup/lock.mjs', import.meta.url));

let directory: string;
let lock: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weft-lock-'));
  lock = join(directory, 'tool.lock');
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A process that takes the lock and keeps it until it is killed. */
async function holdInAnotherProcess(): Promise<ChildProcess> {
  const program = `import(${JSON.stringify(lockModule)}).then(({ withLock }) => withLock(${JSON.stringify(lock)}, () => {
    console.log('held');
    return new Promise(() => setInterval(() => undefined, 1000));
  }))`;
  const child = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

describe('the lock of set-up', () => {
  test('is held by one at a time, and by all in the end', async () => {
    let inside = 0;
    let insideMax = 0;
    const enter = async (): Promise<void> => {
      inside += 1;
      insideMax = Math.max(insideMax, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };

    await Promise.all(Array.from({ length: 4 }, () => withLock(lock, enter)));

    expect(insideMax).toBe(1);
    expect(inside).toBe(0);
  });

  test('is free again after an action that failed', async () => {
    const failing = withLock(lock, () => Promise.reject(new Error('no disk left')));

    await expect(failing).rejects.toThrow('no disk left');
    await expect(withLock(lock, () => Promise.resolve('next'))).resolves.toBe('next');
  });

  test('waits while its owner in another process lives, and is taken over when that is killed', async () => {
    const owner = await holdInAnotherProcess();
    let taken = false;

    const waiting = withLock(lock, () => {
      taken = true;
      return Promise.resolve();
    });
    await new Promise((resolve) => setImmediate(resolve));
    const takenWhileHeld = taken;
    owner.kill('SIGKILL');
    await waiting;

    expect(takenWhileHeld).toBe(false);
    expect(taken).toBe(true);
  });

  test('is not held by a process that merely got the number of a dead owner', async () => {
    await writeFile(`${lock}.1`, JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));

    await expect(withLock(lock, () => Promise.resolve('taken'))).resolves.toBe('taken');
  });

  test('is not held by a file that says nothing', async () => {
    await writeFile(`${lock}.1`, '');

    await expect(withLock(lock, () => Promise.resolve('taken'))).resolves.toBe('taken');
  });

  test('is taken over by one of many that find it stale', async () => {
    await writeFile(`${lock}.7`, JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
    let inside = 0;
    let insideMax = 0;

    await Promise.all(
      Array.from({ length: 5 }, () =>
        withLock(lock, async () => {
          inside += 1;
          insideMax = Math.max(insideMax, inside);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
        }),
      ),
    );

    expect(insideMax).toBe(1);
  });

  test('leaves one small file behind, however often it was taken', async () => {
    for (let turn = 1; turn <= 3; turn += 1) await withLock(lock, () => Promise.resolve());

    const files = await readdir(directory);

    expect(files).toEqual(['tool.lock.3']);
    expect(JSON.parse(await readFile(join(directory, 'tool.lock.3'), 'utf8'))).toEqual({ released: true });
  });
});

describe('the start time of a process', () => {
  test('stays the same, and is null when the process is gone', async () => {
    const child = spawn(process.execPath, ['--eval', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
    const pid = child.pid ?? 0;
    const first: unknown = startedAt(pid);
    const second: unknown = startedAt(pid);

    child.kill('SIGKILL');
    await once(child, 'exit');

    expect(first).toBe(second);
    expect(first).not.toBeNull();
    expect(startedAt(pid)).toBeNull();
  });
});
