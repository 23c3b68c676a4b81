import { access, constants, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { WeftError } from '../../domain/errors.ts';
import { isErrno } from './errno.ts';

/**
 * The absolute path of the program an argument vector names, looked up in `searchPath` when it has no slash. Throws
 * `TARGET_MISCONFIGURED` when there is none or it may not be executed: no later try would end differently.
 */
export async function findProgram(argv: readonly string[], searchPath: string): Promise<string> {
  const name = argv[0];
  if (name === undefined || name === '') throw new WeftError('TARGET_MISCONFIGURED', 'The argument vector of the agent is empty.');
  if (argv.some((argument) => argument.includes('\0'))) throw new WeftError('TARGET_MISCONFIGURED', 'An argument of the agent contains NUL.');
  let why = 'does not exist';
  for (const path of candidatesFor(name, searchPath)) {
    const verdict = await judge(path);
    if (verdict === 'executable') return path;
    if (verdict === 'denied') why = 'may not be executed';
  }
  throw new WeftError('TARGET_MISCONFIGURED', `The program ${JSON.stringify(name.slice(0, 256))} ${why} on this host.`);
}

// A relative path would mean the agent's own directory, where there is no program; one in the search path likewise.
function candidatesFor(name: string, searchPath: string): readonly string[] {
  if (name.includes('/')) return isAbsolute(name) ? [name] : [];
  return searchPath
    .split(':')
    .filter(isAbsolute)
    .map((directory) => resolve(directory, name));
}

async function judge(path: string): Promise<'executable' | 'denied' | 'missing'> {
  try {
    if (!(await stat(path)).isFile()) return 'denied';
    await access(path, constants.X_OK);
    return 'executable';
  } catch (error) {
    return isErrno(error, 'EACCES', 'EPERM') ? 'denied' : 'missing';
  }
}
