import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { changesBetween, snapshotWorkTree } from '../../agent/git-facts.ts';
import type { GitFacts, WorkTreeSnapshot } from '../../agent/git-facts.ts';

// Many small processes, perhaps on a busy machine.
let root: string;
let repository: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'weft-git-'));
  repository = join(root, 'repository');
  await mkdir(repository);
  git('init', '--quiet');
  git('config', 'user.name', 'A');
  git('config', 'user.email', 'a@example.org');
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: repository, encoding: 'utf8' });
}

const write = (name: string, text: string): Promise<void> => writeFile(join(repository, name), text);

function commit(): void {
  git('add', '--all');
  git('commit', '--quiet', '--message', 'x');
}

function snapshot(directory = repository): Promise<WorkTreeSnapshot | null> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: root };
  return snapshotWorkTree({ directory, scratch: join(root, 'scratch'), env, signal: new AbortController().signal });
}

/** What `change` changed. */
async function factsOf(change: () => Promise<void>, directory = repository): Promise<GitFacts> {
  const before = await snapshot(directory);
  await change();
  const after = await snapshot(directory);
  const facts = before === null || after === null ? null : await changesBetween(before, after);
  if (facts === null) throw new Error('git could not tell');
  return facts;
}

test('names new, changed and deleted files, committed or not, and shows the difference', async () => {
  await Promise.all([write('kept', 'k\n'), write('changed', 'old\n'), write('deleted', 'd\n')]);
  commit();

  const facts = await factsOf(async () => {
    await write('committed', 'c\n');
    commit();
    await Promise.all([write('changed', 'new\n'), write('untracked', 'u\n'), rm(join(repository, 'deleted'))]);
  });

  expect(facts.changedFiles).toEqual(['changed', 'committed', 'deleted', 'untracked']);
  expect(facts.diff).toContain('-old\n+new');
  expect(facts.diff).toContain('+u');
  expect(facts.head.before).not.toBe(facts.head.after);
  expect(facts).toMatchObject({ changedFilesTruncated: false, diffTruncated: false });
});

test('does not count what was there before', async () => {
  await write('a', '1\n');
  commit();
  await Promise.all([write('a', 'edited by a person\n'), write('b', 'untracked before\n')]);

  const facts = await factsOf(() => write('c', 'by the agent\n'));

  expect(facts.changedFiles).toEqual(['c']);
});

test('leaves the repository as it is: index, objects and ignored files', async () => {
  await Promise.all([write('.gitignore', 'ignored\n'), write('a', '1\n')]);
  commit();
  await Promise.all([write('ignored', 'x'), write('b', 'untracked\n')]);
  const before = [git('status', '--porcelain'), git('count-objects', '-v')];

  const facts = await factsOf(() => write('a', '2\n'));

  expect([git('status', '--porcelain').replace(' M a\n', ''), git('count-objects', '-v')]).toEqual(before);
  expect(facts.changedFiles).toEqual(['a']);
});

test('reads a repository without any commit', async () => {
  const facts = await factsOf(() => write('first', '1\n'));

  expect(facts).toMatchObject({ head: { before: null, after: null }, changedFiles: ['first'] });
});

test('looks at the whole work tree from a folder inside it', async () => {
  await mkdir(join(repository, 'inner'));
  await write('inner/a', '1\n');
  commit();

  const facts = await factsOf(() => write('outside', '1\n'), join(repository, 'inner'));

  expect(facts.changedFiles).toEqual(['outside']);
});

test('reads a linked work tree', async () => {
  await write('a', '1\n');
  commit();
  const linked = join(root, 'linked');
  git('worktree', 'add', '--quiet', linked);

  const facts = await factsOf(() => writeFile(join(linked, 'b'), '1\n'), linked);

  expect(facts.changedFiles).toEqual(['b']);
});

test('bounds the list and the difference, and says so', async () => {
  const facts = await factsOf(async () => {
    await Promise.all(Array.from({ length: 600 }, (_, i) => write(`file-${String(i)}`, 'x'.repeat(500))));
  });

  expect(facts.changedFiles).toHaveLength(500);
  expect(facts.changedFilesTruncated).toBe(true);
  expect(Buffer.byteLength(facts.diff)).toBeLessThanOrEqual(65_536);
  expect(facts.diffTruncated).toBe(true);
});

test('runs nothing that the repository configures for showing differences', async () => {
  await write('.gitattributes', '* diff=evil\n');
  git('config', 'diff.evil.textconv', `touch ${root}/ran; cat`);
  git('config', 'diff.external', `touch ${root}/ran; true`);
  git('config', 'core.fsmonitor', `touch ${root}/ran; true`);
  await symlink('/etc/passwd', join(repository, 'link'));

  const facts = await factsOf(() => write('a', '1\n'));

  expect(facts.changedFiles).toEqual(['a']);
  await expect(writeFile(join(root, 'ran'), '', { flag: 'wx' })).resolves.toBeUndefined();
});

test('knows nothing outside a work tree, and without git', async () => {
  const withoutGit = await snapshotWorkTree({
    directory: repository,
    scratch: join(root, 's'),
    env: { PATH: '/nowhere' },
    signal: new AbortController().signal,
  });

  expect(await snapshot(root)).toBeNull();
  expect(withoutGit).toBeNull();
});
