import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Assignment } from '../src/domain/agents/commands.ts';
import { contextJson } from './harness-environment.ts';
import type { ItemFiles } from './harness-environment.ts';

export interface AssignmentDirectory {
  readonly work: string;
  readonly log: string;
  /** Space for git snapshots. */
  readonly scratch: string;
  /** Where answers to the harness's questions are left. */
  readonly answers: string;
  readonly files: ItemFiles;
  /** False when the target names its own work directory. */
  readonly workIsFresh: boolean;
}

// Longer texts would press on the limit for one variable (128 KiB on Linux) and for all of them together.
const VARIABLE_BYTES_MAX = 32_768;
// The newest assignments of this runner stay for a look; older ones are removed.
const KEPT_MAX = 3;

/**
 * Makes `<runnerDirectory>/<workId>.<fence>` with the files of one assignment. The work directory is the target's, which must
 * exist, or a fresh one inside. Throws when it cannot be made.
 */
export async function prepareAssignmentDirectory(
  runnerDirectory: string,
  assignment: Assignment,
  workingDirectory: string | undefined,
): Promise<AssignmentDirectory> {
  const own = join(runnerDirectory, `${assignment.workId}.${String(assignment.fence)}`);
  await mkdir(own, { recursive: true, mode: 0o700 });
  await removeOldest(runnerDirectory, own);
  const fresh = join(own, 'work');
  if (workingDirectory === undefined) await mkdir(fresh, { recursive: true });
  else if (!(await isDirectory(workingDirectory))) throw new Error(`the work directory ${workingDirectory} does not exist`);
  const answers = join(own, 'answers');
  await mkdir(answers, { recursive: true, mode: 0o700 });
  const description = await toFile(join(own, 'description.txt'), assignment.description);
  const context = await toFile(join(own, 'context.json'), contextJson(assignment));
  return {
    work: workingDirectory ?? fresh,
    log: join(own, 'output.log'),
    scratch: join(own, 'git'),
    answers,
    files: { ...(description === null ? {} : { description }), ...(context === null ? {} : { context }) },
    workIsFresh: workingDirectory === undefined,
  };
}

async function toFile(path: string, text: string): Promise<string | null> {
  if (Buffer.byteLength(text) <= VARIABLE_BYTES_MAX) return null;
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

export async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function removeOldest(runnerDirectory: string, keep: string): Promise<void> {
  const entries = await readdir(runnerDirectory, { withFileTypes: true });
  const paths = entries.filter((entry) => entry.isDirectory() && isAssignmentName(entry.name)).map((entry) => join(runnerDirectory, entry.name));
  const aged = await Promise.all(paths.filter((path) => path !== keep).map(async (path) => ({ path, at: (await stat(path)).mtimeMs })));
  const oldest = aged.sort((a, b) => b.at - a.at).slice(KEPT_MAX - 1);
  await Promise.all(oldest.map(({ path }) => rm(path, { recursive: true, force: true })));
}

// The runner's directory may be one that holds other things too.
function isAssignmentName(name: string): boolean {
  return /^[0-9a-f-]{36}\.\d+$/iu.test(name);
}
