import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a shell script that plays the agent's harness, and returns how to run it. */
export function writeScript(directory: string, lines: readonly string[]): { command: string; args: string[]; workingDirectory: string } {
  const file = join(directory, 'harness.sh');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return { command: '/bin/sh', args: [file], workingDirectory: directory };
}
