import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { readCompose } from './read-compose.ts';

interface Copy {
  /** Stage that it comes from; null = the build context. */
  readonly from: string | null;
  readonly sources: readonly string[];
}

const ROOT = new URL('../../', import.meta.url);
const text = readFileSync(new URL('Dockerfile', ROOT), 'utf8');
// One instruction a line.
const lines = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
const stages = lines.map((line) => /^FROM (\S+) AS (\S+)$/.exec(line)).flatMap((found) => (found === null ? [] : [{ base: found[1], name: found[2] ?? '' }]));
const copies = lines.filter((line) => line.startsWith('COPY ')).map(toCopy);

function toCopy(line: string): Copy {
  const words = line.split(/\s+/).slice(1);
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length) ?? null;
  return { from, sources: words.filter((word) => !word.startsWith('--')).slice(0, -1) };
}

test('the image is built in stages, each made of an earlier one or of the same base', () => {
  const names = stages.map(({ name }) => name);

  expect(names).toEqual(['deps', 'build', 'production-deps', 'runtime']);
  stages.forEach(({ base }, index) => {
    expect(['${NODE_IMAGE}', ...names.slice(0, index)]).toContain(base);
  });
  expect(copies.map(({ from }) => from).filter((from) => from !== null && !names.includes(from))).toEqual([]);
});

test('what is copied from the sources exists and is not kept out of the build', () => {
  const sources = copies.filter(({ from }) => from === null).flatMap((copy) => copy.sources);
  const admitted = readFileSync(new URL('.dockerignore', ROOT), 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));

  expect(sources.filter((source) => !existsSync(new URL(source, ROOT)))).toEqual([]);
  expect(sources.filter((source) => !admitted.includes(source))).toEqual([]);
  expect(admitted.filter((path) => !sources.includes(path))).toEqual([]);
});

test('every folder that the build compiles is there', () => {
  const { include } = JSON.parse(readFileSync(new URL('tsconfig.build.json', ROOT), 'utf8')) as { include: string[] };

  expect(copies.flatMap((copy) => copy.sources)).toEqual(expect.arrayContaining(include));
});

test('the runtime has no development packages and no root', () => {
  const runtime = text.slice(text.indexOf('AS runtime'));

  expect(text).toContain('npm ci --omit=dev');
  expect(runtime).toMatch(/COPY --from=production-deps \S*node_modules /);
  expect(runtime).toMatch(/^USER node$/m);
  expect(runtime).toMatch(/^HEALTHCHECK [^]*\/health\/live/m);
});

test('the commands of api and worker are programs of the build', () => {
  const { services } = readCompose();

  expect(services['api']?.command).toEqual(['node', 'dist/api/main.js']);
  expect(services['worker']?.command).toEqual(['node', 'dist/worker/main.js']);
  expect(['api/main.ts', 'worker/main.ts'].filter((entry) => !existsSync(new URL(entry, ROOT)))).toEqual([]);
});
