import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '../setup/lock.mjs';
import { withProgress } from '../setup/progress.mjs';
import { run } from '../setup/run.mjs';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const INSTALL_MS_MAX = 300_000;
const HELP = 'Fuzzing needs Python 3.11 to 3.14 with its venv module (Debian, Ubuntu: apt-get install python3-venv), and PyPI or a mirror of it.';

/** The Python that has schemathesis in the versions of `requirements.txt`; kept in the tool cache, installed when it is not there. */
export async function provideSchemathesis(env: NodeJS.ProcessEnv): Promise<string> {
  const version = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const directory = join(env['XDG_CACHE_HOME'] ?? join(env['HOME'] ?? homedir(), '.cache'), 'weft', `schemathesis-${version}`);
  const python = join(directory, 'bin', 'python');
  // Written last: a directory without it is one that was left half made.
  const complete = join(directory, 'complete');
  await withLock(`${directory}.lock`, async () => {
    if (existsSync(complete)) return;
    rmSync(directory, { recursive: true, force: true });
    await withProgress('Installing schemathesis', async () => {
      await mustRun('python3', ['-m', 'venv', directory], env);
      await mustRun(
        python,
        ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:', '--require-hashes', '-r', REQUIREMENTS],
        env,
      );
    });
    writeFileSync(complete, '');
  });
  return python;
}

async function mustRun(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { code, output } = (await run(program, args, { env, timeoutMs: INSTALL_MS_MAX })) as { code: number | null; output: string };
  if (code !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')} failed. ${HELP}\n${output}`);
}
