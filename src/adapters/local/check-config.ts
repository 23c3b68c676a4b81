import { access, constants, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { hasErrorCode } from '../../domain/errors.ts';
import type { LocalConfig } from '../../domain/targets/configs.ts';
import { unhealthy } from '../../domain/targets/unhealthy.ts';
import type { ProbeResult } from '../../domain/targets/probe.ts';
import type { OwnEnvironment } from './agent-environment.ts';
import { findProgram } from './find-program.ts';

// What the runner executes a shell line with.
const SHELL = '/bin/sh';

/** Whether the command of a target could be executed on this host now: its directory is there, and its program or the shell. */
export async function checkConfig(config: LocalConfig, own: OwnEnvironment): Promise<ProbeResult> {
  const { command, args, workingDirectory } = config;
  const wrong = await whyNotInside(workingDirectory);
  if (wrong !== null) return unhealthy(`The working directory ${JSON.stringify(workingDirectory)} ${wrong} on this host.`);
  const program = args === undefined ? SHELL : fromDirectory(command, workingDirectory);
  try {
    await findProgram([program], { ...own, ...config.env }['PATH'] ?? '');
    return { healthy: true };
  } catch (error) {
    if (!hasErrorCode(error, 'TARGET_MISCONFIGURED')) throw error;
    return unhealthy((error as Error).message); // it has a code, so it is one of ours
  }
}

// A program with a slash is looked for from the directory in which it is executed.
function fromDirectory(command: string, workingDirectory: string | undefined): string {
  return command.includes('/') && workingDirectory !== undefined ? resolve(workingDirectory, command) : command;
}

/** Null when there is nothing to say; without a directory of its own the target gets a fresh one each time. */
async function whyNotInside(directory: string | undefined): Promise<string | null> {
  if (directory === undefined) return null;
  if (!isAbsolute(directory)) return 'is not absolute, so it is none';
  try {
    if (!(await stat(directory)).isDirectory()) return 'is not a directory';
  } catch {
    return 'does not exist';
  }
  return access(directory, constants.X_OK).then(
    () => null,
    () => 'may not be entered',
  );
}
