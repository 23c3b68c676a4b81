import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { StartRequest, StartResult } from '../../../src/ports/mechanism.ts';
import { eventually } from '../../support/eventually.ts';
import { HOST, openLocalPlace } from './local-place.ts';
import type { LocalPlace } from './local-place.ts';

const never = new AbortController().signal;
// Few enough for every run of the suite; raise them when the start protocol changes.
const RUNS = 30;
const RUNS_OF_VARIANTS = 12;
const RUNS_AT_ONCE = 4;
// The steps of a start that show in the agent's directory, in order. Between them, and before and after, the kill comes at random.
const STEPS = ['claim.json', 'stdout.log', 'gate-1', 'handle.json'];
const KILL_WITHIN_MS = 40;

interface Starter {
  readonly go: () => void;
  readonly kill: () => Promise<void>;
  readonly result: Promise<StartResult | null>;
}

describe('a starter that is killed with -9', () => {
  let bundleDir: string;
  let bundle: string;
  let place: LocalPlace;
  let guids: string[];

  beforeAll(async () => {
    bundleDir = await mkdtemp(join(tmpdir(), 'weft-starter-'));
    bundle = join(bundleDir, 'starter.mjs');
    const entry = fileURLToPath(new URL('start-in-process.ts', import.meta.url));
    await build({ entryPoints: [entry], outfile: bundle, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
  });

  afterAll(async () => {
    await rm(bundleDir, { recursive: true, force: true });
  });

  beforeEach(async () => {
    guids = [];
    place = await openLocalPlace();
  });

  afterEach(async () => {
    await place.close(guids);
  });

  function newRequest(): { request: StartRequest; journal: string } {
    const journal = place.freshPath();
    const guid = randomUUID();
    guids.push(guid);
    return { request: { guid, fence: 1, argv: place.argvOf('forever.sh', journal), env: {} }, journal };
  }

  async function openStarter(request: StartRequest): Promise<Starter> {
    const child = spawn(process.execPath, [bundle, place.agentsDir, HOST, JSON.stringify(request)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    const lines = createInterface({ input: child.stdout });
    const said: string[] = [];
    await new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        said.push(line);
        resolve();
      });
    });
    child.stdin.on('error', () => undefined); // killed before it could read
    return {
      go: () => {
        child.stdin.write('go\n');
      },
      kill: async () => {
        child.kill('SIGKILL');
        await closed;
      },
      result: closed.then(() => (said[1] === undefined ? null : (JSON.parse(said[1]) as StartResult))),
    };
  }

  /** Every second time as soon as a step shows, else at random. */
  async function momentToKill(guid: string, index: number): Promise<void> {
    const step = index % 2 === 0 ? STEPS[(index / 2) % STEPS.length] : undefined;
    if (step === undefined) return delay(Math.random() * KILL_WITHIN_MS);
    const path = join(place.agentsDir, guid, step);
    while (!existsSync(path)) await setImmediate();
  }

  async function executions(journal: string): Promise<number> {
    return (await place.read(journal)).split('\n').filter((line) => line !== '').length;
  }

  async function runsOnce(pid: number, { request, journal }: ReturnType<typeof newRequest>): Promise<void> {
    await eventually(async () => {
      expect(await place.markedProcesses(request.guid)).toEqual([pid]);
      expect(await executions(journal)).toBe(1);
    });
  }

  async function inBatches(runs: number, run: (index: number) => Promise<void>): Promise<void> {
    const lanes = Array.from({ length: RUNS_AT_ONCE }, async (_, lane) => {
      for (let index = lane; index < runs; index += RUNS_AT_ONCE) await run(index);
    });
    await Promise.all(lanes);
  }

  test('is succeeded by the next start: exactly one execution, whenever the kill came', async () => {
    const [mechanism] = place.callers;
    await inBatches(RUNS, async (index) => {
      const { request, journal } = newRequest();
      const starter = await openStarter(request);
      starter.go();
      await momentToKill(request.guid, index);
      await starter.kill();

      const result = await mechanism.start(request, never);

      expect(result.kind).toBe('started');
      if (result.kind !== 'started') return;
      expect(await mechanism.probe(result.handle, never)).toBe('alive');
      await runsOnce(result.handle.pid, { request, journal });
      expect(await mechanism.stop({ guid: request.guid, handle: result.handle, graceMs: 1000 }, never)).toEqual({ kind: 'gone' });
      expect(await place.markedProcesses(request.guid)).toEqual([]);
    });
  });

  test('does not disturb another one that starts the same agent at the same time', async () => {
    await inBatches(RUNS_OF_VARIANTS, async () => {
      const { request, journal } = newRequest();
      const [killed, survivor] = await Promise.all([openStarter(request), openStarter(request)]);
      killed.go();
      survivor.go();
      await delay(Math.random() * KILL_WITHIN_MS);
      await killed.kill();

      const result = await survivor.result;

      expect(result?.kind).toBe('started');
      await runsOnce(result?.kind === 'started' ? result.handle.pid : 0, { request, journal });
      await place.kill(await place.markedProcesses(request.guid));
    });
  });

  test('leaves nothing behind that a stop without handle does not end', async () => {
    const [, mechanism] = place.callers;
    await inBatches(RUNS_OF_VARIANTS, async (index) => {
      const { request, journal } = newRequest();
      const starter = await openStarter(request);
      starter.go();
      await momentToKill(request.guid, index);
      await starter.kill();

      const stopped = await mechanism.stop({ guid: request.guid, handle: null, graceMs: 0 }, never);

      expect(stopped).toEqual({ kind: 'gone' });
      expect(await place.markedProcesses(request.guid)).toEqual([]);
      const before = await executions(journal);
      expect(await mechanism.start(request, never)).toEqual({ kind: 'tombstoned' });
      expect(await executions(journal)).toBe(before);
    });
  });
});
