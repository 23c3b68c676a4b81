import { existsSync } from 'node:fs';
import { access, chmod, constants, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { downloadRelease } from './download.mjs';
import { withLock } from './lock.mjs';
import { say, withProgress } from './progress.mjs';
import { run } from './run.mjs';

/** The servers, the versions they are pinned to and the oldest that is accepted when found on PATH. */
export const SERVERS = {
  temporal: {
    program: 'temporal',
    version: '1.5.1',
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
    oldest: [2, 11],
    release: ({ os, arch }) => {
      const base = 'https://github.com/nats-io/nats-server/releases/download/v2.15.2';
      const name = `nats-server-v2.15.2-${os}-${arch}`;
      return { url: `${base}/${name}.tar.gz`, checksums: `${base}/SHA256SUMS`, archive: `${name}.tar.gz`, member: `${name}/nats-server` };
    },
  },
};

const VERSION_MS_MAX = 10_000;
const BUILD_MS_MAX = 30 * 60_000;

/** Paths of both servers: named by the environment, on PATH, in the tool cache, downloaded, or built; whichever comes first. */
export async function provideServers(env) {
  const [temporal, nats] = await Promise.all([provide(SERVERS.temporal, env), provide(SERVERS.nats, env)]);
  return { temporal, nats };
}

/** Where tools are kept between clones. */
export function toolCache(env) {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'weft');
}

export async function provide(server, env, ways = { downloadRelease, build }) {
  const named = env[server.variable];
  if (named) {
    if (!(await isExecutable(named))) throw new Error(`${server.variable} is ${named}, which cannot be run.`);
    return named;
  }
  const onPath = await findOnPath(server, env);
  if (onPath !== null) return onPath;
  const cached = join(toolCache(env), `${server.program}-${server.version}`);
  if (existsSync(cached)) return cached;
  return withLock(`${cached}.lock`, async () => {
    if (!existsSync(cached)) await fetchInto(cached, server, { env, ways });
    return cached;
  });
}

async function fetchInto(cached, server, { env, ways }) {
  const draft = await mkdtemp(`${cached}-`);
  try {
    const file = join(draft, server.program);
    const refused = await ways.downloadRelease(server, file);
    if (refused !== null) {
      say(`${server.program} ${server.version} cannot be downloaded here (${refused}); building it with Go instead.`);
      await withProgress(`Building ${server.program} ${server.version}`, () => ways.build(server, draft, env));
    }
    await chmod(file, 0o755);
    await rename(file, cached);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function build(server, directory, env) {
  const { code, output } = await run('go', ['install', server.module], { env: { ...env, GOBIN: directory }, timeoutMs: BUILD_MS_MAX });
  if (code === 0) return;
  throw new Error(
    `${server.program} ${server.version} could be neither downloaded nor built. Install it and set ${server.variable} to its path, or install Go 1.24 or later. go said:\n${output}`,
  );
}

/** The first program of this name on PATH that is new enough. */
export async function findOnPath(server, env) {
  for (const directory of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const file = join(directory, server.program);
    if ((await isExecutable(file)) && (await isNewEnough(server, file))) return file;
  }
  return null;
}

async function isNewEnough(server, file) {
  const { output } = await run(file, ['--version'], { timeoutMs: VERSION_MS_MAX });
  const found = server.versionIn.exec(output);
  if (found === null) return false;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major === server.oldest[0] && minor >= server.oldest[1];
}

async function isExecutable(file) {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
