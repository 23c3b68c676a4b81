import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ProcessSpec } from '../../src/embedded/process-spec.ts';
import { supervise } from '../../src/embedded/supervise.ts';
import type { Supervised, SuperviseEvents } from '../../src/embedded/supervise.ts';
import { eventually } from '../support/eventually.ts';
import { isAlive } from '../support/marked-processes.ts';

const PATIENTLY = new AbortController().signal;

let directory: string;
let events: string[];
let server: Supervised | null;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weft-supervise-'));
  events = [];
  server = null;
});

afterEach(async () => {
  await server?.stop(PATIENTLY);
  rmSync(directory, { recursive: true });
});

function shell(script: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    name: 'sleeper',
    argv: ['/bin/sh', '-c', script],
    env: { PATH: process.env['PATH'] ?? '' },
    logFile: join(directory, 'logs', 'log'),
    ready: () => Promise.resolve(true),
    readyTimeoutMs: 30_000,
    stop: { signal: 'SIGTERM', graceMs: 2000 },
    ...more,
  };
}

/** Does `what` the first time, once it is told to; serves as soon as it listens. */
function whenTold(what: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
  const [listens, toldTo] = [join(directory, 'listens'), join(directory, 'told')];
  const script = `test -e ${toldTo} && exec sleep 60; touch ${listens}; until test -e ${toldTo}; do sleep 0.02; done; ${what}`;
  return shell(script, { ready: async () => existsSync(listens), ...more });
}

function tell(): void {
  writeFileSync(join(directory, 'told'), '');
}

const told: SuperviseEvents = {
  onChange: (_name, identity) => events.push(identity === null ? 'gone' : 'started'),
  onDown: ({ how, lastLines }) => events.push(`down: ${how}: ${lastLines}`),
  onRecovered: () => events.push('recovered'),
};

test('a process that ends is reported with its last words and started again, after what is in the way was cleared', async () => {
  let prepared = 0;
  const prepare = async (): Promise<void> => {
    prepared += 1;
  };
  server = await supervise(whenTold('echo out of memory; exit 9', { prepare }), told);
  tell();

  await eventually(() => {
    expect(events).toEqual(['started', 'down: exited with code 9: out of memory', 'started', 'recovered']);
  });
  expect(prepared).toBe(2);
});

test('what a dead process left in its group is killed before the next one starts', async () => {
  const pid = join(directory, 'pid');
  server = await supervise(whenTold(`sleep 60 & echo $! > ${pid}; exit 1`), told);
  tell();

  await eventually(() => {
    expect(events.at(-1)).toBe('recovered');
  });
  expect(isAlive(Number(readFileSync(pid, 'utf8')))).toBe(false);
});

test('a process that cannot be restarted is tried again, with the reason', async () => {
  const [broken, passed] = [join(directory, 'broken'), join(directory, 'passed')];
  const spec = shell(`test -e ${broken} && exit 4; touch ${passed}; exec sleep 60`, { ready: async () => existsSync(passed) });
  server = await supervise(spec, told);
  writeFileSync(broken, '');

  process.kill(server.identity()?.pid ?? 0, 'SIGKILL');
  await eventually(() => {
    expect(events.filter((event) => event.startsWith('down')).length).toBeGreaterThan(1);
  });
  rmSync(broken);
  await eventually(() => {
    expect(events.at(-1)).toBe('recovered');
  });

  expect(events[1]).toMatch(/^down: was ended by SIGKILL/);
});

test('a process that never serves fails the start with the end of its log, and is gone', async () => {
  const pid = join(directory, 'pid');
  const spec = shell(`echo $$ > ${pid}; echo still loading; exec sleep 60`, { readyTimeoutMs: 300 });
  const ready = async (): Promise<boolean> => {
    await eventually(() => {
      expect(readFileSync(spec.logFile, 'utf8')).toContain('still loading');
    });
    return false;
  };
  const starting = supervise({ ...spec, ready }, told);

  await expect(starting).rejects.toThrow(/^sleeper was not ready within 300 ms; its log is .*\nstill loading$/);
  expect(isAlive(Number(readFileSync(pid, 'utf8')))).toBe(false);
  expect(events).toEqual(['started', 'gone']);
});

test.each([
  {
    what: 'ends at once',
    argv: ['/bin/sh', '-c', 'echo no disk left; exit 3'] as const,
    why: /^sleeper exited with code 3 before it was ready; .*\nno disk left$/,
  },
  { what: 'does not exist', argv: ['/nowhere/program'] as const, why: /^sleeper could not be started: .*ENOENT.* before it was ready/ },
])('a program that $what fails the start', async ({ argv, why }) => {
  await expect(supervise(shell('', { argv, ready: async () => false }), told)).rejects.toThrow(why);
});

test('a start can be given up', async () => {
  const pid = join(directory, 'pid');
  const givenUp = new AbortController();
  const starting = supervise(shell(`echo $$ > ${pid}; exec sleep 60`, { ready: async () => false }), told, givenUp.signal);
  await eventually(() => {
    expect(readFileSync(pid, 'utf8')).toMatch(/^\d+\n$/);
  });

  givenUp.abort(new Error('never mind'));

  await expect(starting).rejects.toThrow('never mind');
  expect(isAlive(Number(readFileSync(pid, 'utf8')))).toBe(false);
});

test('a stopped process is not started again', async () => {
  server = await supervise(shell('exec sleep 60'), told);

  expect(await server.stop(PATIENTLY)).toBe(true);
  expect(events).toEqual(['started', 'gone']);
});

test('readiness can be told by a message', async () => {
  const argv = [process.execPath, '-e', 'process.send({ ready: true }); setInterval(() => undefined, 1000)'] as const;
  server = await supervise(shell('', { argv, ready: 'ready-message' }), told);

  expect(events).toEqual(['started']);
});
