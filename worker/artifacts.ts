import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleWorkflowCode } from '@temporalio/worker';

/*
 * Two files are made from source: the workflow bundle and the agent runner. `npm run build` puts them into dist/; when the
 * worker runs from source, each is made once per state of its sources and kept in node_modules/.cache/weft.
 */
const FROM_SOURCE = import.meta.url.endsWith('.ts');
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = `${ROOT}node_modules/.cache/weft/`;
const BUILD_TIMEOUT_MS = 120_000;

/** Path of the bundled workflow code. */
export function workflowBundle(): Promise<string> {
  if (!FROM_SOURCE) return Promise.resolve(`${ROOT}workflow-bundle.js`);
  return cached('workflows', ['workflows', 'src/domain', 'src/contract'], async (file) => {
    await writeWorkflowBundle(`${ROOT}workflows`, file);
  });
}

/** Path of the agent runner, one file that runs alone. */
export function agentRunner(): Promise<string> {
  if (!FROM_SOURCE) return Promise.resolve(`${ROOT}agent.mjs`);
  return cached('agent', ['agent', 'src/domain', 'scripts/bundle-agent.ts'], async (file) => {
    // A process of its own: the bundler is a development tool that the product does not import.
    await promisify(execFile)(process.execPath, ['--import', 'tsx', `${ROOT}scripts/bundle-agent.ts`, file], { cwd: ROOT, timeout: BUILD_TIMEOUT_MS });
  });
}

/** Bundles the workflows in `directory` into `file`. */
export async function writeWorkflowBundle(directory: string, file: string): Promise<void> {
  const quiet = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore, log: ignore };
  const { code } = await bundleWorkflowCode({ workflowsPath: directory, logger: quiet });
  await writeFile(file, code);
}

function ignore(): void {
  // The bundler's statistics are of no interest; its failures are thrown.
}

async function cached(name: string, sources: readonly string[], make: (file: string) => Promise<void>): Promise<string> {
  const hash = createHash('sha256');
  for (const source of [...sources, 'package-lock.json']) await hashInto(hash, `${ROOT}${source}`);
  const extension = name === 'agent' ? 'mjs' : 'js';
  const file = `${CACHE}${name}-${hash.digest('hex').slice(0, 16)}.${extension}`;
  if (existsSync(file)) return file;
  await mkdir(CACHE, { recursive: true });
  // Made aside and renamed: two processes that start at once do not see half a file.
  const draft = `${CACHE}${name}-${randomUUID()}.${extension}`;
  await make(draft);
  await rename(draft, file);
  return file;
}

async function hashInto(hash: ReturnType<typeof createHash>, path: string): Promise<void> {
  for (const file of (await filesAt(path)).sort())
    hash
      .update(file.slice(ROOT.length))
      .update('\0')
      .update(await readFile(file));
}

async function filesAt(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`);
}
