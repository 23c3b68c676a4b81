import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { removeElsewhere } from '../../src/embedded/postgres-place.ts';
import { endAgents } from './end-agents.ts';
import { claimDirectory, releaseDirectory } from './lock.ts';

/** What one `weft up` keeps; only one runs on it at a time. */
export interface DataDirectory {
  readonly path: string;
  readonly isEphemeral: boolean;
  readonly hostId: string;
  readonly installationId: string;
  /** Ends our claim; an ephemeral directory is removed. */
  readonly release: () => Promise<void>;
}

export const EPHEMERAL_PREFIX = 'weft-up-';

// Nobody else reads in it. Root runs PostgreSQL as another user, which must get through to its cluster.
const MODE = process.getuid?.() === 0 ? 0o711 : 0o700;
const PRIVATE = 0o700;

/** Opens (or makes) the data directory and claims it; `wanted` null = a temporary one. Throws when another `up` uses it. */
export function openDataDirectory(wanted: string | null): DataDirectory {
  const path = wanted === null ? makeEphemeral() : resolve(wanted);
  mkdirSync(path, { recursive: true, mode: MODE });
  const holder = claimDirectory(path);
  if (holder !== null) {
    throw new Error(
      `Another weft (process ${String(holder.pid)}) is running on ${path}. Stop it first, choose another directory with WEFT_DATA_DIR, or use --ephemeral.`,
    );
  }
  for (const part of ['logs', 'nats', 'temporal']) mkdirSync(join(path, part), { recursive: true, mode: PRIVATE });
  return {
    path,
    isEphemeral: wanted === null,
    hostId: idIn(join(path, 'host-id')),
    installationId: idIn(join(path, 'installation-id')),
    release: async () => {
      if (wanted === null) await removeData(path);
      else releaseDirectory(path);
    },
  };
}

/** Removes a data directory with all that belongs to it, agents included. */
export async function removeData(path: string): Promise<void> {
  await endAgents(path, idIn(join(path, 'host-id')));
  await removeElsewhere(path);
  rmSync(path, { recursive: true, force: true });
}

function makeEphemeral(): string {
  const path = mkdtempSync(join(tmpdir(), EPHEMERAL_PREFIX));
  chmodSync(path, MODE);
  return path;
}

/** Written whole or not at all: half an id would be kept for good. */
function idIn(file: string): string {
  if (!existsSync(file)) {
    writeFileSync(`${file}.new`, randomUUID());
    renameSync(`${file}.new`, file);
  }
  return readFileSync(file, 'utf8').trim();
}
