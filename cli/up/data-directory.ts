import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { identify, isAlive } from '../../src/embedded/process-identity.ts';

/** What one `weft up` keeps; only one runs on it at a time. */
export interface DataDirectory {
  readonly path: string;
  readonly hostId: string;
  readonly installationId: string;
  /** Ends our claim; an ephemeral directory is removed. */
  readonly release: () => void;
}

const Identity = z.object({ pid: z.int().min(1), startedAt: z.string() });

/** Another `weft up` uses the directory. */
export class InUseError extends Error {}

/** Opens (or makes) the data directory and claims it. Throws `InUseError` with a sentence for a person. */
export function openDataDirectory(wanted: string, ephemeral: boolean): DataDirectory {
  // 0755: PostgreSQL may run as another user and must reach its cluster; what is secret is protected by itself.
  const path = ephemeral ? mkdtempSync(join(tmpdir(), 'weft-')) : resolve(wanted);
  mkdirSync(join(path, 'logs'), { recursive: true, mode: 0o755 });
  claim(path);
  return {
    path,
    hostId: idIn(join(path, 'host-id')),
    installationId: idIn(join(path, 'installation-id')),
    release: () => {
      if (ephemeral) rmSync(path, { recursive: true, force: true });
      else unlinkSync(join(path, 'up.lock'));
    },
  };
}

function claim(path: string): void {
  const file = join(path, 'up.lock');
  const me = identify(process.pid);
  for (;;) {
    try {
      const descriptor = openSync(file, 'wx', 0o644);
      writeSync(descriptor, JSON.stringify(me));
      closeSync(descriptor);
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = readIdentity(file);
    if (holder !== null && isAlive(holder)) {
      throw new InUseError(
        `Another weft (process ${String(holder.pid)}) is running on ${path}. Stop it first, or choose another directory with WEFT_DATA_DIR, or use --ephemeral.`,
      );
    }
    // Its owner was killed. Renaming is atomic, so that of two who find it stale one goes on with the other's loss unseen.
    const stale = `${file}.${randomUUID()}`;
    if (existsSync(file)) renameSync(file, stale);
    rmSync(stale, { force: true });
  }
}

function readIdentity(file: string): z.infer<typeof Identity> | null {
  try {
    return Identity.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

function idIn(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomUUID());
  return readFileSync(file, 'utf8').trim();
}
