import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentGuid } from '../../domain/ids.ts';
import { isErrno } from './errno.ts';

/** Where everything about one agent lies: `<agentsDir>/<guid>/`. */
export interface AgentDir {
  readonly path: string;
  readonly claim: string;
  readonly handle: string;
  readonly tombstone: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** The paths of an agent's directory. A GUID holds neither dots nor slashes, so it cannot lead out of `agentsDir`. */
export function agentDirOf(agentsDir: string, guid: AgentGuid): AgentDir {
  const path = join(agentsDir, guid);
  return {
    path,
    claim: join(path, 'claim.json'),
    handle: join(path, 'handle.json'),
    tombstone: join(path, 'tombstone'),
    stdout: join(path, 'stdout.log'),
    stderr: join(path, 'stderr.log'),
  };
}

/** Makes the agent's directory unless it is there. Only our own user may look: an agent's output is nobody else's business. */
export async function createAgentDir(agentsDir: string, guid: AgentGuid): Promise<AgentDir> {
  const dir = agentDirOf(agentsDir, guid);
  await mkdir(dir.path, { recursive: true, mode: 0o700 });
  return dir;
}

/** From now on no start of this agent executes anything. */
export async function leaveTombstone(dir: AgentDir): Promise<void> {
  await writeOnce(dir.tombstone, `${new Date().toISOString()}\n`);
}

export async function isTombstoned(dir: AgentDir): Promise<boolean> {
  return (await readIfThere(dir.tombstone)) !== null;
}

/** Writes a whole file unless it exists; false when it did. Whoever sees the file sees all of it, also after a crash. */
export async function writeOnce(path: string, text: string): Promise<boolean> {
  return writeBeside(path, text, async (draft) => {
    try {
      await link(draft, path);
      return true;
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return false;
      throw error;
    }
  });
}

/** Puts a whole file in the place of another. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeBeside(path, text, (draft) => rename(draft, path));
}

async function writeBeside<T>(path: string, text: string, publish: (draft: string) => Promise<T>): Promise<T> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeDurably(draft, text);
    const result = await publish(draft);
    await syncPath(join(path, '..'));
    return result;
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncPath(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The text of a file; null when there is none. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}
