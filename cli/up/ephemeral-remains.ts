import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../src/embedded/process-identity.ts';
import { EPHEMERAL_PREFIX, removeData } from './data-directory.ts';
import { stopLeftovers } from './leftovers.ts';
import { holderOf } from './lock.ts';

/** Stops and removes what ephemeral runs left that were killed; nobody will ever continue them. Returns their directories. */
export async function clearEphemeralRemains(): Promise<readonly string[]> {
  const found = readdirSync(tmpdir())
    .filter((name) => name.startsWith(EPHEMERAL_PREFIX))
    .map((name) => join(tmpdir(), name))
    .filter(isAbandoned);
  const cleared = await Promise.allSettled(found.map(clear));
  return found.filter((_, index) => cleared[index]?.status === 'fulfilled'); // what resists is left to the next time
}

/** A directory without a readable claim is just being made, or somebody else's. */
function isAbandoned(directory: string): boolean {
  const holder = holderOf(directory);
  return holder !== null && !isAlive(holder);
}

async function clear(directory: string): Promise<void> {
  await stopLeftovers(directory);
  await removeData(directory);
}
