import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { PostgresPlace } from './postgres-place.ts';
import { livingProcesses } from './process-identity.ts';

const run = promisify(execFile);
const INIT_TIMEOUT_MS = 120_000;
const KILL_TIMEOUT_MS = 5000;
const POLL_MS = 20;

/** Creates the cluster and its random password when they are missing; returns the password of the user `weft`. */
export async function openCluster(
  place: PostgresPlace,
  options: { dataDir: string; durable: boolean; env: Readonly<Record<string, string>> },
): Promise<string> {
  const passwordFile = join(options.dataDir, 'postgres-password');
  if (existsSync(place.clusterDir)) {
    return readFile(passwordFile, 'utf8').catch((cause: unknown) => {
      throw new Error(`The database in ${place.clusterDir} exists, but its password in ${passwordFile} cannot be read.`, { cause });
    });
  }
  const password = randomBytes(24).toString('hex');
  await writeFile(passwordFile, password, { mode: 0o600 });
  // Made aside and renamed, so that a start that is killed halfway leaves nothing that looks like a cluster.
  const draft = { ...place, clusterDir: `${place.clusterDir}.new` };
  await rm(draft.clusterDir, { recursive: true, force: true });
  await initialise(draft, { ...options, password });
  await rename(draft.clusterDir, place.clusterDir);
  return password;
}

async function initialise(place: PostgresPlace, options: { password: string; durable: boolean; env: Readonly<Record<string, string>> }): Promise<void> {
  const secretFile = `${place.clusterDir}-password`; // the server's user must be able to read it
  try {
    await mkdir(place.clusterDir, { recursive: true, mode: 0o700 });
    await writeFile(secretFile, options.password, { mode: 0o600 });
    if (place.user !== null) {
      for (const path of [place.clusterDir, secretFile]) await chown(path, place.user.uid, place.user.gid);
    }
    const files = ['--pgdata', place.clusterDir, '--pwfile', secretFile, ...(options.durable ? [] : ['--no-sync'])];
    const access = ['--auth', 'scram-sha-256', '--username', 'weft'];
    const text = ['--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-instructions'];
    await run(place.initdb, [...files, ...access, ...text], { env: { ...options.env }, timeout: INIT_TIMEOUT_MS, cwd: '/', ...place.user });
  } finally {
    await rm(secretFile, { force: true });
  }
}

/**
 * Clears away what a killed server left: its own processes, which keep the shared memory, and its pid file, which PostgreSQL
 * believes as soon as any process has that number. Whoever calls this has claimed the data directory.
 */
export async function clearRemains(clusterDir: string): Promise<void> {
  if (process.platform !== 'linux') return; // elsewhere PostgreSQL's own care must do
  const deadline = performance.now() + KILL_TIMEOUT_MS;
  for (let left = serversOn(clusterDir); left.length > 0; left = serversOn(clusterDir)) {
    if (performance.now() > deadline) throw new Error(`PostgreSQL processes still use ${clusterDir}: ${left.join(', ')}.`);
    for (const pid of left) kill(pid);
    await delay(POLL_MS);
  }
  await rm(join(clusterDir, 'postmaster.pid'), { force: true });
}

/** PostgreSQL's processes all work in the cluster's directory. */
function serversOn(clusterDir: string): readonly number[] {
  const directory = realpathSync(clusterDir);
  return livingProcesses().filter((pid) => {
    try {
      return readlinkSync(`/proc/${String(pid)}/cwd`) === directory && readFileSync(`/proc/${String(pid)}/comm`, 'utf8').startsWith('postgres');
    } catch {
      return false; // ended, or somebody else's
    }
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
