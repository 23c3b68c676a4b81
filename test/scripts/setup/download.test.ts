import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { downloadRelease } from '../../../scripts/setup/download.mjs';

const ARCHIVE = 'server-1.0.0.tar.gz';
const PROGRAM = '#!/bin/sh\necho server 1.0.0\n';

let directory: string;
let host: Server | null = null;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weft-download-'));
});

afterEach(async () => {
  host?.closeAllConnections();
  if (host?.listening) await promisify(host.close.bind(host))();
  host = null;
  await rm(directory, { recursive: true, force: true });
});

/** A release on a small web server of the test's own. */
async function released(listener: RequestListener): Promise<object> {
  host = createServer(listener).listen(0, '127.0.0.1');
  await once(host, 'listening');
  const address = host.address();
  const base = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`;
  return {
    variable: 'WEFT_SERVER_BIN',
    release: () => ({ url: `${base}/${ARCHIVE}`, checksums: `${base}/SUMS`, archive: ARCHIVE, member: 'server' }),
  };
}

async function packed(): Promise<Buffer> {
  await mkdir(join(directory, 'content'));
  await writeFile(join(directory, 'content/server'), PROGRAM, { mode: 0o755 });
  return execFileSync('tar', ['-cz', '-C', join(directory, 'content'), 'server']);
}

function target(): string {
  return join(directory, 'server');
}

describe('downloading a release', () => {
  test('puts the program in its place when the published checksum agrees', async () => {
    const archive = await packed();
    const sum = createHash('sha256').update(archive).digest('hex');
    const server = await released((request, reply) => reply.end(request.url === '/SUMS' ? `0  other\n${sum}  ${ARCHIVE}\n` : archive));

    const refused: unknown = await downloadRelease(server, target());

    expect(refused).toBeNull();
    expect(await readFile(target(), 'utf8')).toBe(PROGRAM);
    expect((await readdir(directory)).sort()).toEqual(['content', 'server']);
  });

  test('stops everything when the checksum does not agree', async () => {
    const archive = await packed();
    const server = await released((request, reply) => reply.end(request.url === '/SUMS' ? `${'0'.repeat(64)}  ${ARCHIVE}\n` : archive));

    await expect(downloadRelease(server, target())).rejects.toThrow('does not match its published checksum');

    expect(existsSync(target())).toBe(false);
  });

  test.each<[string, RequestListener]>([
    ['there is no such release', (_request, reply) => reply.writeHead(404).end()],
    ['the list of checksums does not name it', (_request, reply) => reply.end('0  other\n')],
    ['the connection is cut', (request) => request.socket.destroy()],
  ])('is given up when %s', async (_name, listener) => {
    const server = await released(listener);

    expect(await downloadRelease(server, target())).toEqual(expect.any(String));

    expect(existsSync(target())).toBe(false);
  });

  test.each<[string, RequestListener]>([
    ['nobody answers', () => undefined],
    ['only the archive is not answered', (request, reply) => (request.url === '/SUMS' ? reply.end(`${'0'.repeat(64)}  ${ARCHIVE}\n`) : undefined)],
  ])('is given up within seconds when %s', async (_name, listener) => {
    const server = await released(listener);
    const begun = performance.now();

    const refused: unknown = await downloadRelease(server, target());

    expect(refused).toEqual(expect.any(String));
    expect(performance.now() - begun).toBeLessThan(30_000);
  });
});
