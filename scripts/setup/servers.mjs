import { access, chmod, constants, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { allOrEveryProblem } from './all-or-every-problem.mjs';
import { downloadRelease } from './download.mjs';
import { withLock } from './lock.mjs';
import { say, withProgress } from './progress.mjs';
import { run } from './run.mjs';

/** The servers, the versions they are pinned to and the oldest that is accepted when found on PATH. */
export const SERVERS = {
  temporal: {
    program: 'temporal',
    version: '1.5.1',
    // Later versions carry a `replace` in go.mod, and cannot be installed by `go install`.
    module: 'github.com/temporalio/cli/cmd/temporal@v1.5.1',
    variable: 'WEFT_TEMPORAL_BIN',
    // Built by `go install` it calls itself 0.0.0-DEV, so its server's version is what counts.
    versionIn: /\(Server (\d+)\.(\d+)\./,
    oldest: [1, 29],
    release: ({ os, arch }) => {
      const base = 'https://github.com/temporalio/cli/releases/download/v1.5.1';
      const archive = `temporal_cli_1.5.1_${os}_${arch}.tar.gz`;
      return { url: `${base}/${archive}`, checksums: `${base}/checksums.txt`, archive, member: 'temporal' };
    },
  },
  nats: {
    program: 'nats-server',
    version: '2.15.2',
    module: 'github.com/nats-io/nats-server/v2@v2.15.2',
    variable: 'WEFT_NATS_BIN',
    versionIn: /nats-server: v(\d+)\.(\d+)\./,
    oldest: [2, 15],
    release: ({ os, arch }) => {
      const base = 'https://github.com/nats-io/nats-server/releases/download/v2.15.2';
      const name = `nats-server-v2.15.2-${os}-${arch}`;
      return { url: `${base}/${name}.tar.gz`, checksums: `${base}/SHA256SUMS`, archive: `${name}.tar.gz`, member: `${name}/nats-server` };
    },
  },
};

const VERSION_MS_MAX = 10_000;
const BUILD_MS_MAX = 30 * 60_000;
// A draft older than any build was left behind by a set-up that was killed.
const DRAFT_AGE_MS_MAX = 2 * BUILD_MS_MAX;

/** Paths of both servers: named by the environment, on PATH, in the tool cache, downloaded, or built; whichever comes first. */
export async function provideServers(env) {
  const [temporal, nats] = await allOrEveryProblem([provide(SERVERS.temporal, env), provide(SERVERS.nats, env)]);
  return { temporal, nats };
}

/** The path of one server; `ways` are how it is fetched when it is nowhere. */
export async function provide(server, env, ways = { downloadRelease, build }) {
  const named = env[server.variable];
  if (named) {
    if (!(await isProgram(named))) throw new Error(`${server.variable} is ${named}, which is not a program that can be run.`);
    return resolve(named);
  }
  const onPath = await findOnPath(server, env);
  if (onPath !== null) return onPath;
  const cached = join(toolCache(env), `${server.program}-${server.version}-${process.platform}-${process.arch}`);
  if (await isNewEnough(server, cached)) return cached;
  return withLock(`${cached}.lock`, async () => {
    if (!(await isNewEnough(server, cached))) await fetchInto(cached, server, { env, ways });
    return cached;
  });
}

/** Where tools are kept between clones. */
function toolCache(env) {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'weft');
}

/** The first program of this name on PATH that is new enough. */
async function findOnPath(server, env) {
  for (const directory of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const file = join(directory, server.program);
    if (await isNewEnough(server, file)) return resolve(file);
  }
  return null;
}

/** A program that runs on this machine, and whose own word is that it is new enough. */
async function isNewEnough(server, file) {
  if (!(await isProgram(file))) return false;
  const { output } = await run(file, ['--version'], { timeoutMs: VERSION_MS_MAX });
  const found = server.versionIn.exec(output);
  if (found === null) return false;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major === server.oldest[0] && minor >= server.oldest[1];
}

async function isProgram(file) {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** Only a complete program that runs ever appears under its name in the cache. */
async function fetchInto(cached, server, { env, ways }) {
  await removeOldDrafts(cached);
  const draft = await mkdtemp(`${cached}-draft-`);
  try {
    const file = join(draft, server.program);
    const refused = await ways.downloadRelease(server, file);
    if (refused !== null) {
      say(`${server.program} ${server.version} cannot be downloaded here (${refused}); building it with Go instead.`);
      await withProgress(`Building ${server.program} ${server.version}`, () => ways.build(server, draft, env));
    }
    await chmod(file, 0o755);
    if (!(await isNewEnough(server, file))) throw new Error(`What was fetched as ${server.program} ${server.version} does not run here. ${helpWith(server)}`);
    await rename(file, cached);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function removeOldDrafts(cached) {
  const directory = dirname(cached);
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`${basename(cached)}-draft-`)) continue;
    const { mtimeMs } = await stat(join(directory, name));
    if (Date.now() - mtimeMs > DRAFT_AGE_MS_MAX) await rm(join(directory, name), { recursive: true, force: true });
  }
}

async function build(server, directory, env) {
  const { code, output } = await run('go', ['install', server.module], { env: { ...env, GOBIN: directory }, timeoutMs: BUILD_MS_MAX });
  if (code === 0) return;
  throw new Error(`${server.program} ${server.version} could be neither downloaded nor built. ${helpWith(server)}\nThe Go tool said:\n${output}`);
}

function helpWith(server) {
  return `Install Go 1.26 or later, or install ${server.program} yourself (server ${server.oldest.join('.')} or later) and put it on PATH or name it in ${server.variable}.`;
}
