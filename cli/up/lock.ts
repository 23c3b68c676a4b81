import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { identify, isAlive } from '../../src/embedded/process-identity.ts';
import type { ProcessIdentity } from '../../src/embedded/process-identity.ts';

const Holder = z.object({ pid: z.int().min(1), startedAt: z.string() });

const TAKEOVERS_MAX = 10;

/** Claims the directory for this process. Returns null, or the living process that holds it. */
export function claimDirectory(directory: string): ProcessIdentity | null {
  const file = lockFile(directory);
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(identify(process.pid)));
  try {
    for (let takeovers = 0; takeovers < TAKEOVERS_MAX; takeovers += 1) {
      if (isLinked(draft, file)) return null; // with all of its text, or not at all
      const holder = holderOf(directory);
      if (holder !== null && isAlive(holder)) return holder;
      removeStale(file, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new Error(`${file} keeps changing: several processes want the directory at once. Try again.`);
}

/** Ends the claim of this process. */
export function releaseDirectory(directory: string): void {
  rmSync(lockFile(directory), { force: true });
}

/** Who has claimed the directory last, living or not. */
export function holderOf(directory: string): ProcessIdentity | null {
  try {
    return Holder.parse(JSON.parse(readFileSync(lockFile(directory), 'utf8')));
  } catch {
    return null;
  }
}

/** Another process may have done the same and claimed it since: what was moved away then is its living claim, and is put back. */
function removeStale(file: string, stale: ProcessIdentity | null): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
    const moved = readFileSync(aside, 'utf8');
    if (stale !== null && moved !== JSON.stringify(stale)) isLinked(aside, file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error; // removed by somebody else
  } finally {
    rmSync(aside, { force: true });
  }
}

function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function lockFile(directory: string): string {
  return join(directory, 'up.lock');
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
}
