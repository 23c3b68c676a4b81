// A lock that survives the death of its owner. Each turn is a file of its own, `<lock>.1`, `<lock>.2` and so on; the lock is held
// while the owner of the highest turn lives and has not given it back. "Dead" and "given back" never become untrue, so the next
// turn can be taken on them without a race; deleting or renaming one stale file would let a slow process remove a fresh lock.
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { say } from './progress.mjs';

const POLL_MS = 200;
// Longer than the slowest thing done under a lock, which has a limit of its own.
const WAIT_MS_MAX = 40 * 60_000;

let drafts = 0;

/** Runs `action` while holding the lock; a lock whose owner has died is taken over. */
export async function withLock(file, action) {
  mkdirSync(dirname(file), { recursive: true });
  const turn = await takeTurn(file);
  try {
    return await action();
  } finally {
    writeWhole(turn, { released: true }, renameSync);
  }
}

async function takeTurn(file) {
  const deadline = Date.now() + WAIT_MS_MAX;
  for (let tries = 0; Date.now() < deadline; tries += 1) {
    const turn = tryTurn(file);
    if (turn !== null) return turn;
    if (tries === 1) say('Another set-up is at work; waiting for it.');
    await delay(POLL_MS);
  }
  throw new Error(`Another set-up has held ${file} for too long. End it, or remove ${file}.* if none is running.`);
}

function tryTurn(file) {
  const turns = turnsOf(file);
  const last = turns.at(-1) ?? 0;
  if (last > 0 && isHeld(`${file}.${last}`)) return null;
  const own = `${file}.${last + 1}`;
  if (!writeWhole(own, { pid: process.pid, startedAt: startedAt(process.pid) }, linkSync)) return null;
  if (turnsOf(file).at(-1) !== last + 1) {
    // We were slow: this turn had come and gone, and a later one is under way.
    rmSync(own, { force: true });
    return null;
  }
  for (const turn of turns) rmSync(`${file}.${turn}`, { force: true });
  return own;
}

function turnsOf(file) {
  const prefix = `${basename(file)}.`;
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
}

/** Puts a file in its place complete or not at all; false when `place` refuses because one is there. */
function writeWhole(file, content, place) {
  drafts += 1;
  const draft = `${file}-draft-${process.pid}-${drafts}`;
  writeFileSync(draft, JSON.stringify(content));
  try {
    place(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function isHeld(turn) {
  try {
    const owner = JSON.parse(readFileSync(turn, 'utf8'));
    return owner.released !== true && startedAt(owner.pid) === owner.startedAt;
  } catch (error) {
    // Gone meanwhile: a later turn is under way, look again. Anything else was not written by a living owner.
    return error.code === 'ENOENT';
  }
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
