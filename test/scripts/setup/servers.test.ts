import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { provide, provideServers, SERVERS } from '../../../scripts/setup/servers.mjs';

const CACHED = `cache/weft/nats-server-2.15.2-${process.platform}-${process.arch}`;
const REFUSED = 'the download is refused';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weft-servers-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A small program that answers `--version` as the real one does. */
async function put(path: string, says: string): Promise<string> {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  return file;
}

function environment(more: Record<string, string> = {}): Record<string, string> {
  return { PATH: join(directory, 'bin'), HOME: directory, XDG_CACHE_HOME: join(directory, 'cache'), ...more };
}

/** Ways to fetch that only note that they were asked. */
function notedWays(refused: string | null = REFUSED) {
  const asked: string[] = [];
  const fetched = (file: string): Promise<void> => writeFile(file, "#!/bin/sh\necho 'nats-server: v2.15.2'\n");
  return {
    asked,
    downloadRelease: async (_server: unknown, file: string): Promise<string | null> => {
      asked.push('download');
      if (refused === null) await fetched(file);
      return refused;
    },
    build: async (_server: unknown, draft: string): Promise<void> => {
      asked.push('build');
      await fetched(join(draft, 'nats-server'));
    },
  };
}

describe('a server program', () => {
  test('named by the environment comes first', async () => {
    const named = await put('mine/nats', 'anything');
    await put('bin/nats-server', 'nats-server: v2.15.2');

    expect(await provide(SERVERS.nats, environment({ WEFT_NATS_BIN: named }), notedWays())).toBe(named);
  });

  test('named by the environment must exist', async () => {
    const providing = provide(SERVERS.nats, environment({ WEFT_NATS_BIN: join(directory, 'nothing') }), notedWays());

    await expect(providing).rejects.toThrow('WEFT_NATS_BIN');
  });

  test('on PATH comes before the cache', async () => {
    const onPath = await put('bin/nats-server', 'nats-server: v2.15.0');
    await put(CACHED, 'nats-server: v2.15.2');

    expect(await provide(SERVERS.nats, environment(), notedWays())).toBe(onPath);
  });

  test.each(['nats-server: v2.14.9', 'nats-server: v1.99.0', 'nats-server: v3.0.0', 'something else'])(
    'on PATH that says "%s" is passed over',
    async (says) => {
      await put('bin/nats-server', says);
      const cached = await put(CACHED, 'nats-server: v2.15.2');

      expect(await provide(SERVERS.nats, environment(), notedWays())).toBe(cached);
    },
  );

  test.each([
    ['temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)', true],
    ['temporal version 1.6.0 (Server 1.30.0, UI 2.45.0)', true],
    ['temporal version 1.4.0 (Server 1.28.0, UI 2.39.0)', false],
  ])('Temporal is judged by its server: %s', async (says, accepted) => {
    const onPath = await put('bin/temporal', says);
    const cached = await put(`cache/weft/temporal-1.5.1-${process.platform}-${process.arch}`, 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)');

    expect(await provide(SERVERS.temporal, environment())).toBe(accepted ? onPath : cached);
  });

  test('is downloaded when it is nowhere, and then kept in the cache', async () => {
    const ways = notedWays(null);

    const first: unknown = await provide(SERVERS.nats, environment(), ways);
    const second: unknown = await provide(SERVERS.nats, environment(), ways);

    expect([first, second]).toEqual([join(directory, CACHED), join(directory, CACHED)]);
    expect(ways.asked).toEqual(['download']);
  });

  test('is built when the download is refused', async () => {
    const ways = notedWays();

    await provide(SERVERS.nats, environment(), ways);

    expect(ways.asked).toEqual(['download', 'build']);
    expect(await readFile(join(directory, CACHED), 'utf8')).toContain('v2.15.2');
  });

  test('is fetched once when several set-ups start together', async () => {
    const ways = notedWays();

    await Promise.all([1, 2, 3].map(() => provide(SERVERS.nats, environment(), ways)));

    expect(ways.asked).toEqual(['download', 'build']);
  });

  test('that is damaged in the cache is fetched again', async () => {
    await put(CACHED, 'Exec format error');
    const ways = notedWays();

    await provide(SERVERS.nats, environment(), ways);

    expect(ways.asked).toEqual(['download', 'build']);
    expect(await readFile(join(directory, CACHED), 'utf8')).toContain('v2.15.2');
  });

  test('leaves no draft behind: neither its own nor an old one of a set-up that was killed', async () => {
    const abandoned = join(directory, `${CACHED}-draft-old`);
    const recent = join(directory, `${CACHED}-draft-new`);
    await mkdir(abandoned, { recursive: true });
    await mkdir(recent, { recursive: true });
    await utimes(abandoned, new Date(0), new Date(0));

    await provide(SERVERS.nats, environment(), notedWays());

    const drafts = (await readdir(join(directory, 'cache/weft'))).filter((name) => name.includes('draft'));
    expect(drafts.map((name) => join(directory, 'cache/weft', name))).toEqual([recent]);
  });
});

describe('without network and without Go', () => {
  const nowhere = { ...SERVERS.nats, release: () => ({ url: 'http://127.0.0.1:1/', checksums: 'http://127.0.0.1:1/', archive: 'a', member: 'a' }) };

  test('set-up says what to install or to set', async () => {
    const providing = provide(nowhere, environment());

    await expect(providing).rejects.toThrow(/neither downloaded nor built[^]*Install Go[^]*WEFT_NATS_BIN/);
  });

  test('set-up names every problem at once', async () => {
    const providing = provideServers(environment({ WEFT_TEMPORAL_BIN: '/nothing/temporal', WEFT_NATS_BIN: '/nothing/nats' }));

    await expect(providing).rejects.toThrow(/WEFT_TEMPORAL_BIN[^]*WEFT_NATS_BIN/);
  });
});
