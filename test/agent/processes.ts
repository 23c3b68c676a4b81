import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const WAIT_MS = 45_000;

/** Waits until `condition` holds; fails the test after 45 s. */
export async function until(condition: () => Promise<boolean> | boolean, what = 'the condition'): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${String(WAIT_MS)} ms in vain for ${what}`);
    await delay(20);
  }
}

/** Live processes whose environment holds `entry` (`NAME=value`); zombies do not count. */
export async function processesWith(entry: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(entry) ? Number(pid) : null;
    }),
  );
  return found.filter((pid): pid is number => pid !== null);
}
