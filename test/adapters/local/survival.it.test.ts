import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalMechanism } from '../../../src/adapters/local/index.ts';
import type { Handle } from '../../../src/domain/agents/session.ts';
import type { Mechanism, StartRequest } from '../../../src/ports/mechanism.ts';
import { eventually } from '../../support/eventually.ts';
import { isAlive } from '../../support/marked-processes.ts';
import { HOST, openLocalPlace, startBystander } from './local-place.ts';
import type { LocalPlace } from './local-place.ts';

const never = new AbortController().signal;

describe('handles of local agents', () => {
  let place: LocalPlace;
  let mechanism: Mechanism;
  let guid: string;
  let bystander: ReturnType<typeof startBystander>;

  beforeEach(async () => {
    place = await openLocalPlace();
    [mechanism] = place.callers;
    guid = randomUUID();
    bystander = startBystander();
  });

  afterEach(async () => {
    bystander.kill('SIGKILL');
    await place.close([guid]);
  });

  function request(): StartRequest {
    return { guid, fence: 7, argv: place.argvOf('forever.sh', place.freshPath()), env: {} };
  }

  async function started(): Promise<Handle> {
    const result = await mechanism.start(request(), never);
    if (result.kind !== 'started') throw new Error('expected a start');
    return result.handle;
  }

  async function handleOf(pid: number): Promise<Handle> {
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    return { mechanism: 'local', hostId: HOST, bootId, pid, startTicks: Number(stat.split(' ')[21]) };
  }

  async function kill(pid: number): Promise<void> {
    process.kill(pid, 'SIGKILL');
    await eventually(() => {
      expect(isAlive(pid)).toBe(false);
    });
  }

  test('name host, boot, pid and start', async () => {
    const handle = await started();

    expect(handle).toEqual(await handleOf(handle.pid));
  });

  test('of a recycled pid are gone, and its new owner is not touched', async () => {
    const real = await handleOf(bystander.pid);
    const recycled = { ...real, startTicks: real.startTicks - 1 };

    expect(await mechanism.probe(real, never)).toBe('alive');
    expect(await mechanism.probe(recycled, never)).toBe('gone');
    expect(await mechanism.stop({ guid, handle: recycled, graceMs: 0 }, never)).toEqual({ kind: 'gone' });
    expect(isAlive(bystander.pid)).toBe(true);
  });

  test('of another boot are gone, and whoever has the pid now is not touched', async () => {
    const earlier = { ...(await handleOf(bystander.pid)), bootId: randomUUID() };

    expect(await mechanism.probe(earlier, never)).toBe('gone');
    expect(await mechanism.stop({ guid, handle: earlier, graceMs: 0 }, never)).toEqual({ kind: 'gone' });
    expect(isAlive(bystander.pid)).toBe(true);
  });

  test('of another host cannot be probed, and stopping is refused', async () => {
    const elsewhere = { ...(await handleOf(bystander.pid)), hostId: 'another-host' };

    expect(await mechanism.probe(elsewhere, never)).toBe('unreachable');
    await expect(mechanism.stop({ guid, handle: elsewhere, graceMs: 0 }, never)).rejects.toMatchObject({ code: 'AGENT_NOT_GONE' });
    expect(isAlive(bystander.pid)).toBe(true);
    expect(await mechanism.start(request(), never)).toMatchObject({ kind: 'started' });
  });

  test('lead to what the first process left in its session', async () => {
    const journal = place.freshPath();
    const result = await mechanism.start({ ...request(), argv: place.argvOf('family.sh', journal, 'true') }, never);
    if (result.kind !== 'started') throw new Error('expected a start');
    await eventually(async () => {
      expect(await place.read(journal)).not.toBe('');
    });

    await kill(result.handle.pid);

    expect(await mechanism.probe(result.handle, never)).toBe('alive');
  });

  test('are found without the handle file, by the process itself', async () => {
    const handle = await started();
    await writeFile(join(place.agentsDir, guid, 'handle.json'), 'not json');
    await rm(join(place.agentsDir, guid, 'claim.json'));

    expect(await place.callers[1].start(request(), never)).toEqual({ kind: 'started', handle });
    expect(await place.markedProcesses(guid)).toHaveLength(1);
  });

  test('of a process that has gone are still what a repeated start answers', async () => {
    const handle = await started();
    await kill(handle.pid);

    expect(await mechanism.start(request(), never)).toEqual({ kind: 'started', handle });
    expect(await mechanism.probe(handle, never)).toBe('gone');
  });

  test('stand beside a claim with claimer and fence, and output files; nothing half-written stays', async () => {
    const handle = await started();

    const names = await readdir(join(place.agentsDir, guid));
    expect(names.sort()).toEqual(['claim.json', 'gate-1', 'handle.json', 'stderr.log', 'stdout.log']);
    expect(JSON.parse(await place.read(join(place.agentsDir, guid, 'claim.json')))).toMatchObject({ claimerPid: process.pid, fence: 7 });
    expect(JSON.parse(await place.read(join(place.agentsDir, guid, 'handle.json')))).toEqual(handle);
  });
});

describe('a local agent', () => {
  let place: LocalPlace;
  let guid: string;

  beforeEach(async () => {
    place = await openLocalPlace();
    guid = randomUUID();
  });

  afterEach(async () => {
    await place.close([guid]);
  });

  test('has none of our pipes, sockets and files: only its two output files', async () => {
    const [mechanism] = place.callers;
    const result = await mechanism.start({ guid, fence: 1, argv: place.argvOf('forever.sh', place.freshPath()), env: {} }, never);
    if (result.kind !== 'started') throw new Error('expected a start');

    const fds = `/proc/${String(result.handle.pid)}/fd`;
    const standard = await Promise.all(['0', '1', '2'].map((fd) => readlink(join(fds, fd))));
    const inherited = await readdir(fds);

    expect(standard).toEqual(['/dev/null', join(place.agentsDir, guid, 'stdout.log'), join(place.agentsDir, guid, 'stderr.log')]);
    // What this test process was itself started with (by a shell, a CI runner) passes through node; what it opened does not.
    expect(inherited.length).toBeLessThan((await readdir('/proc/self/fd')).length);
  });

  test('is its own session and process group', async () => {
    const [mechanism] = place.callers;
    const result = await mechanism.start({ guid, fence: 1, argv: place.argvOf('forever.sh', place.freshPath()), env: {} }, never);
    if (result.kind !== 'started') throw new Error('expected a start');

    const fields = (await readFile(`/proc/${String(result.handle.pid)}/stat`, 'utf8')).split(' ');

    expect(fields.slice(4, 6)).toEqual([String(result.handle.pid), String(result.handle.pid)]);
  });

  test('is not waited for by a claim whose holder is stuck for ever', async () => {
    const local = { agentsDir: place.agentsDir, hostId: HOST, environment: { PATH: '/usr/bin:/bin' } };
    const mechanism = createLocalMechanism({ ...local, claimPatienceMs: 500 });
    const stuck = createLocalMechanism({ ...local, earlyExitMs: 3_600_000 });
    const abort = new AbortController();
    const request = { guid, fence: 1, argv: place.argvOf('forever.sh', place.freshPath()), env: {} };
    const hanging = stuck.start(request, abort.signal).catch((error: unknown) => error);
    await eventually(async () => {
      expect(await readdir(join(place.agentsDir, guid))).toContain('gate-1');
    });

    const result = await mechanism.start(request, never);
    abort.abort();

    expect(result).toEqual({ kind: 'started', handle: JSON.parse(await place.read(join(place.agentsDir, guid, 'handle.json'))) as Handle });
    expect(await hanging).toMatchObject({ name: 'AbortError' });
    expect(await place.markedProcesses(guid)).toHaveLength(1);
  });
});
