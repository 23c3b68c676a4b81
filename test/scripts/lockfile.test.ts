import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const Lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), resolved: z.string().optional(), optionalDependencies: z.record(z.string(), z.string()).optional() }),
  ),
});

const { packages } = Lockfile.parse(JSON.parse(await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8')));

test('the lockfile names no host that somebody happened to install from', () => {
  expect(Object.keys(packages).filter((path) => packages[path]?.resolved !== undefined)).toEqual([]);
});

// A registry that lacks packages of other platforms makes `npm install` leave them out without a word, and `npm ci` then refuses the lockfile.
test('the lockfile names the packages of every platform', () => {
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));

  expect(wanted.filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)))).toEqual([]);
});
