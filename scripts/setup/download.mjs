import { createHash } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withProgress } from './progress.mjs';
import { run } from './run.mjs';

const ANSWER_MS_MAX = 3000;
const DOWNLOAD_MS_MAX = 180_000;
const UNPACK_MS_MAX = 60_000;

/**
 * Downloads an official release, checked against the checksums published beside it, and puts its program at `file`.
 * Returns null, or why it cannot be had; no answer within 3 s is a refusal, so that a closed network costs no time.
 */
export async function downloadRelease(server, file, fetcher = fetch) {
  const platform = releasePlatform();
  if (platform === null) return `there is no release for ${process.platform} ${process.arch}`;
  const release = server.release(platform);
  const sums = await get(fetcher, release.checksums);
  if (sums === null) return 'the download is refused';
  const wanted = checksumOf(release.archive, sums.toString('utf8'));
  if (wanted === null) return `no checksum is published for ${release.archive}`;
  const archive = await withProgress(`Downloading ${release.archive}`, () => getWhole(fetcher, release.url)).catch(() => null);
  if (archive === null) return 'the download broke off';
  if (createHash('sha256').update(archive).digest('hex') !== wanted) {
    throw new Error(
      `${release.url} does not match its published checksum. Nothing was installed. Try again, or set ${server.variable} to a program you trust.`,
    );
  }
  return unpack(archive, release.member, file);
}

function releasePlatform() {
  const os = { linux: 'linux', darwin: 'darwin' }[process.platform];
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch];
  return os === undefined || arch === undefined ? null : { os, arch };
}

/** The SHA-256 of `archive` in a list of "sum  name" lines; null when it is not there. */
function checksumOf(archive, list) {
  const line = list.split('\n').find((candidate) => candidate.trim().split(/\s+\*?/)[1] === archive);
  const sum = line?.trim().split(/\s+/)[0] ?? '';
  return /^[0-9a-f]{64}$/.test(sum) ? sum : null;
}

async function getWhole(fetcher, url) {
  const body = await get(fetcher, url);
  if (body === null) throw new Error(`${url} broke off`);
  return body;
}

/** The body, or null: the first word must come soon, the rest may take its time. */
async function get(fetcher, url) {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), ANSWER_MS_MAX);
  try {
    const response = await fetcher(url, { signal: stop.signal });
    if (!response.ok) return null;
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(), DOWNLOAD_MS_MAX);
    return Buffer.from(await response.arrayBuffer());
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

async function unpack(archive, member, file) {
  const directory = await mkdtemp(join(dirname(file), 'unpack-'));
  try {
    await writeFile(join(directory, 'archive.tar.gz'), archive);
    const { code, output } = await run('tar', ['-xzf', 'archive.tar.gz', member], { cwd: directory, timeoutMs: UNPACK_MS_MAX });
    if (code !== 0) return `the archive cannot be unpacked (${output.trim()})`;
    await rename(join(directory, member), file);
    return null;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
