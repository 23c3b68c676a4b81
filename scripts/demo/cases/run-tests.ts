import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { DemoCase } from '../demo-case.ts';
import { expectThat } from '../expectation.ts';

const GIT_TIMEOUT_MS = 20_000;

/** What our runner says of a command that ended well (agent/README.md). */
const Output = z.object({
  exitCode: z.literal(0),
  tail: z.string(),
  git: z.object({ changedFiles: z.array(z.string()), diff: z.string() }),
});

const REPOSITORY = {
  'package.json': `${JSON.stringify({ name: 'slug', version: '1.0.0', type: 'module', scripts: { test: 'node --test' } }, null, 2)}\n`,
  'slug.js': "export function slug(title) {\n  return title.toLowerCase().replace(' ', '-');\n}\n",
  'slug.test.js': [
    "import assert from 'node:assert/strict';",
    "import { test } from 'node:test';",
    "import { slug } from './slug.js';",
    "test('two words', () => assert.equal(slug('Hello World'), 'hello-world'));",
    "test('more words', () => assert.equal(slug('The Quick Brown Fox'), 'the-quick-brown-fox'));",
    '',
  ].join('\n'),
};

// The agent: runs the suite, mends what fails, runs it again. An agent CLI would find the change by itself.
const HARNESS = `
echo '::weft progress=10 running the tests'
if node --test --test-reporter=tap > first-run.txt 2>&1; then echo '::weft fatal=the suite was to fail at first'; exit 1; fi
grep -E '^# (pass|fail) ' first-run.txt && rm first-run.txt
echo '::weft progress=60 one test fails: only the first space is replaced'
node -e "const fs = require('fs'); fs.writeFileSync('slug.js', fs.readFileSync('slug.js', 'utf8').replace('replace(', 'replaceAll('))"
node --test --test-reporter=tap || exit 1
echo '::weft summary=slug() replaced only the first space; it replaces all of them now, and both tests pass'
`;

export const runTests: DemoCase = {
  name: 'a-run-tests',
  title: 'an agent mends a git repository until its tests pass',
  expected: 'completed',
  run: async ({ directory, registerTarget, submit }) => {
    const repository = createRepository(directory);
    await registerTarget({ command: HARNESS, workingDirectory: repository });

    const item = await (await submit('Run the tests of this repository and make them pass.')).untilSettled();

    const parsed = Output.safeParse(item.result?.output);
    expectThat(parsed.success, { expected: 'a result with output and changes', seen: JSON.stringify(item.result ?? item.error ?? item.reason) });
    const { tail, git } = parsed.data;
    const summary = item.result?.summary ?? '';
    expectThat(summary.includes('both tests pass'), { expected: "the agent's own summary", seen: summary });
    expectThat(/^# fail 1$/m.test(tail) && /^# pass 2$/m.test(tail), { expected: 'a failing and a passing run in the output', seen: tail });
    expectThat(git.changedFiles.join() === 'slug.js', { expected: 'slug.js as the one changed file', seen: git.changedFiles.join() });
    expectThat(/^\+.*replaceAll\(/m.test(git.diff), { expected: 'the change in the diff', seen: git.diff });
    return { item, detail: `${summary}; changed ${git.changedFiles.join()}:${changedLines(git.diff)}` };
  },
};

/** A real repository with one commit, and a test that fails. */
function createRepository(directory: string): string {
  const repository = join(directory, 'repository');
  mkdirSync(repository);
  for (const [name, text] of Object.entries(REPOSITORY)) writeFileSync(join(repository, name), text);
  const identity = ['-c', 'user.name=Demo', '-c', 'user.email=demo@example.invalid', '-c', 'commit.gpgSign=false'];
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
    ['commit', '--quiet', '--message', 'Turn titles into slugs'],
  ]) {
    execFileSync('git', [...identity, ...args], { cwd: repository, timeout: GIT_TIMEOUT_MS, stdio: 'pipe' });
  }
  return repository;
}

function changedLines(diff: string): string {
  const lines = diff.split('\n').filter((line) => /^[+-](?![+-])/.test(line));
  return lines.map((line) => `\n${line}`).join('');
}
