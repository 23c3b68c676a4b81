import { copyFile, mkdir, stat, utimes } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runGit } from './run-git.ts';
import type { GitCall } from './run-git.ts';

/** What the harness changed in a git work tree, committed or not. */
export interface GitFacts {
  /** The commit checked out before and after; null while there is none. */
  readonly head: { readonly before: string | null; readonly after: string | null };
  /** Paths from the top of the work tree; a rename names both. */
  readonly changedFiles: readonly string[];
  readonly changedFilesTruncated: boolean;
  readonly diff: string;
  readonly diffTruncated: boolean;
}

/** The whole work tree at one moment, untracked files included, as a git tree. */
export interface WorkTreeSnapshot {
  readonly top: string;
  readonly head: string | null;
  readonly tree: string;
  readonly call: GitCall;
}

export interface SnapshotRequest {
  readonly directory: string;
  /** A directory of our own, fresh for each snapshot pair; nothing is ever written into the repository. */
  readonly scratch: string;
  readonly env: Readonly<Record<string, string>>;
  /** Bounds this snapshot, and the comparison that ends with it. */
  readonly signal: AbortSignal;
}

const DIFF_BYTES_MAX = 65_536;
const CHANGED_FILES_MAX = 500;
const CHANGED_FILES_BYTES_MAX = 65_536;
const SMALL_BYTES_MAX = 8192;

/**
 * Takes a snapshot; null when the directory is not inside a git work tree, git is not there, or it takes too long.
 * Index and new objects go to `scratch`, so the user's repository stays as it is.
 */
export async function snapshotWorkTree(request: SnapshotRequest): Promise<WorkTreeSnapshot | null> {
  const base: GitCall = { directory: request.directory, env: request.env, signal: request.signal };
  const place = await locate(base);
  if (place === null) return null;
  await mkdir(join(request.scratch, 'objects'), { recursive: true });
  const index = join(request.scratch, 'index');
  await copyIndex(place.index, index).catch(() => undefined); // a repository without an index is a new one
  const call: GitCall = {
    ...base,
    directory: place.top,
    env: {
      ...request.env,
      GIT_INDEX_FILE: index,
      GIT_OBJECT_DIRECTORY: join(request.scratch, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: place.objects,
    },
  };
  const added = await runGit(call, ['add', '--all'], SMALL_BYTES_MAX);
  const tree = added.ok ? await line(call, ['write-tree']) : null;
  return tree === null ? null : { top: place.top, head: place.head, tree, call };
}

/** What changed between two snapshots of one work tree that share their scratch; null when git cannot tell. */
export async function changesBetween(before: WorkTreeSnapshot, after: WorkTreeSnapshot): Promise<GitFacts | null> {
  const range = [before.tree, after.tree];
  const names = await runGit(after.call, ['diff', '--name-only', '--no-renames', '-z', ...range], CHANGED_FILES_BYTES_MAX);
  const diff = await runGit(after.call, ['diff', '--no-color', '--no-ext-diff', '--no-textconv', ...range], DIFF_BYTES_MAX);
  if (!names.ok || !diff.ok) return null;
  const files = names.stdout.split('\0').slice(0, -1);
  return {
    head: { before: before.head, after: after.head },
    changedFiles: files.slice(0, CHANGED_FILES_MAX),
    changedFilesTruncated: names.truncated || files.length > CHANGED_FILES_MAX,
    diff: diff.stdout,
    diffTruncated: diff.truncated,
  };
}

interface RepositoryPlace {
  readonly top: string;
  readonly index: string;
  readonly objects: string;
  readonly head: string | null;
}

/** With its time: git reads files again that are not older than the index, because they may have changed in the same instant. */
async function copyIndex(from: string, to: string): Promise<void> {
  const { atime, mtime } = await stat(from);
  await copyFile(from, to);
  await utimes(to, atime, mtime);
}

async function locate(call: GitCall): Promise<RepositoryPlace | null> {
  const found = await runGit(call, ['rev-parse', '--show-toplevel', '--git-path', 'index', '--git-path', 'objects'], SMALL_BYTES_MAX);
  const [top, index, objects] = found.ok ? found.stdout.split('\n') : [];
  if (top === undefined || index === undefined || objects === undefined) return null;
  // git answers relative to the directory it ran in.
  const head = await line(call, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  return { top, index: resolve(call.directory, index), objects: resolve(call.directory, objects), head };
}

async function line(call: GitCall, args: readonly string[]): Promise<string | null> {
  const answer = await runGit(call, args, SMALL_BYTES_MAX);
  const text = answer.stdout.trim();
  return answer.ok && text !== '' ? text : null;
}
