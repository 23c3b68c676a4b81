import { execFileSync } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 200;
const WAIT_MS_MAX = 20 * 60_000;

/** Runs `action` while holding `file` as a lock; a lock whose owner has died is taken over. */
export async function withLock(file, action) {
  const deadline = Date.now() + WAIT_MS_MAX;
  mkdirSync(dirname(file), { recursive: true });
  while (!tryLock(file)) {
    if (Date.now() > deadline) throw new Error(`Another set-up has held ${file} for too long. Remove it if none is running.`);
    await delay(POLL_MS);
  }
  try {
    return await action();
  } finally {
    rmSync(file, { force: true });
  }
}

function tryLock(file) {
  try {
    const descriptor = openSync(file, 'wx');
    writeSync(descriptor, JSON.stringify({ pid: process.pid, startedAt: startedAt(process.pid) }));
    closeSync(descriptor);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (ownerLives(file)) return false;
  // Renaming is atomic: of two that find it stale, one removes it.
  try {
    renameSync(file, `${file}.${process.pid}`);
    rmSync(`${file}.${process.pid}`, { force: true });
  } catch {
    // The other one was faster.
  }
  return false;
}

function ownerLives(file) {
  let owner;
  try {
    owner = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // Gone meanwhile, or not written yet: look again.
    return error.code !== 'ENOENT';
  }
  return startedAt(owner.pid) === owner.startedAt;
}

/** When a process was started, so that a recycled number is not taken for the owner; null when there is none. */
export function startedAt(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim() || null;
  } catch {
    return null;
  }
}
